import MediaSet

/// What verifying a media set found, for people.
enum MediaVerificationText {
    /// The texts of several sets, one after the other, with a line about all of them.
    static func text(_ reports: [MediaSetVerification]) -> String {
        guard reports.count > 1 else { return reports.map(text).joined() }
        let intact = reports.count { $0.isIntact }
        return reports.map { text($0) + "\n" }.joined()
            + "\(intact) of \(reports.count) media sets are as they must be\n"
    }

    /// The text: what is wrong first, the sum last.
    static func text(_ report: MediaSetVerification) -> String {
        var lines: [String] = report.problems.map { "PROBLEM \($0.message)" }
        for blob in report.damagedBlobs {
            let volumes = blob.volumes.map(String.init).joined(separator: ", ")
            lines.append("DAMAGED \(blob.digest) (\(ByteSize.text(blob.size))) in volume \(volumes)")
        }
        for need in report.missing {
            lines.append("MISSING \(need.digest) of \(need.images.joined(separator: ", "))")
        }
        for image in report.hurtImages {
            let tags = image.tags.map { ":\($0)" }.joined(separator: " ")
            lines.append("HURT    \(image.origin) (\(image.destination)\(tags))")
        }
        let what =
            "media set \(report.set), number \(report.sequence): \(report.volumes) volume\(report.volumes == 1 ? "" : "s"), "
            + "\(report.images) images, \(report.blobs) blobs and manifests, \(ByteSize.text(report.bytes)) read"
        if report.isIntact {
            lines.append("\(what): all is as it must be")
        } else {
            let volumes = report.damagedVolumes.map(String.init).joined(separator: ", ")
            lines.append(what)
            lines.append(volumes.isEmpty ? "The set must be made again" : "Bring these volumes again: \(volumes)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
