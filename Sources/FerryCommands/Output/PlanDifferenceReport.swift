import MirrorPlan
import OCIModel

/// What differs between two plans, as a table for people and as data for programs.
struct PlanDifferenceReport: Sendable {
    /// What differs.
    let difference: PlanDifference
    /// The images that the new plan lacks because they cannot be planned, not because nobody wants them.
    let failures: [PlanFailure]

    /// The table: one line per image, then the sums.
    func text() -> String {
        var rows: [[String]] = []
        for image in difference.added {
            rows.append(["Added", Self.place(of: image), "\(image.origin)", "\(image.digest.short)"])
        }
        for change in difference.changed {
            rows.append([
                "Changed", Self.place(of: change.image), "\(change.image.origin)",
                "\(change.oldDigest.short) → \(change.image.digest.short)",
            ])
        }
        for image in difference.removed {
            rows.append(["Removed", Self.place(of: image), "\(image.origin)", "\(image.digest.short)"])
        }
        let widths = (0..<3).map { column in min(72, rows.map { $0[column].count }.max() ?? 0) }
        var lines = rows.map { row in
            zip(row, widths).map { Self.padded($0, $1) }.joined(separator: "  ") + "  " + (row.last ?? "")
        }
        if difference.isEmpty {
            lines.append("nothing differs")
        } else {
            if !rows.isEmpty { lines.append(String(repeating: "─", count: 72)) }
            let counts = [
                (difference.added.count, "added"), (difference.changed.count, "changed"),
                (difference.removed.count, "removed"),
            ]
            lines.append("Images      " + counts.map { "\($0) \($1)" }.joined(separator: ", "))
            lines.append("Gained      " + Self.content(difference.gained, "that the old plan does not need"))
            lines.append("Dropped     " + Self.content(difference.dropped, "no longer needed"))
        }
        for failure in failures {
            lines.append("Failed      \(failure.origin) (\(failure.reason)): \(failure.cause)")
        }
        // Names come from registries and lock files.
        return PrintableText.of(lines.joined(separator: "\n") + "\n")
    }

    /// The same as JSON: every key is always there, and everything is sorted.
    ///
    /// - Throws: `EncodingError`, which does not happen for these types.
    func json() throws -> String {
        try JSONOutput.text(
            Document(
                added: difference.added.map { Row($0, before: nil, after: $0.digest) },
                changed: difference.changed.map { Row($0.image, before: $0.oldDigest, after: $0.image.digest) },
                removed: difference.removed.map { Row($0, before: $0.digest, after: nil) },
                gained: difference.gained,
                dropped: difference.dropped,
                isEqual: difference.isEmpty,
                failures: failures.map {
                    Document.Failure(origin: $0.origin, reason: $0.reason, message: "\($0.cause)")
                }
            )
        )
    }

    private struct Document: Encodable {
        let added: [Row]
        let changed: [Row]
        let removed: [Row]
        let gained: PlanDifference.Content
        let dropped: PlanDifference.Content
        let isEqual: Bool
        let failures: [Failure]

        struct Failure: Encodable {
            let origin: ImageReference
            let reason: Reason
            let message: String
        }
    }

    /// An image; what it does not have is null, so that the keys are the same for all.
    private struct Row: Encodable {
        let image: PlanDifference.Image
        let before: Digest?
        let after: Digest?

        init(_ image: PlanDifference.Image, before: Digest?, after: Digest?) {
            self.image = image
            self.before = before
            self.after = after
        }

        private enum Key: String, CodingKey {
            case origin
            case destination
            case tag
            case kind
            case oldDigest
            case newDigest
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(image.origin, forKey: .origin)
            try container.encode(image.destination, forKey: .destination)
            try container.encode(image.tag, forKey: .tag)
            try container.encode(image.kind, forKey: .kind)
            try container.encode(before, forKey: .oldDigest)
            try container.encode(after, forKey: .newDigest)
        }
    }

    private static func place(of image: PlanDifference.Image) -> String {
        "\(image.destination)" + (image.tag.map { ":\($0)" } ?? "@\(image.digest.short)")
    }

    private static func content(_ content: PlanDifference.Content, _ what: String) -> String {
        "\(ByteSize.text(content.bytes)) in \(content.blobs) blobs and \(content.manifests) manifests \(what)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
