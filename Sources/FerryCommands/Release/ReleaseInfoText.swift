import Releases

/// What a release is made of, for people.
struct ReleaseInfoText {
    let release: ReleaseInspection
    /// The sizes of its images; nil when nobody asked.
    let sizes: ComponentSizes?
    let showsPullSpecs: Bool
    let showsCommits: Bool

    /// The text; everything in it that comes from elsewhere is safe to show.
    func text() -> String {
        var lines = TextTable.lines(head())
        lines += ["", "Release Metadata:"] + TextTable.lines(metadata(), indent: "  ")
        if !release.versions.isEmpty {
            lines += ["", "Component Versions:"]
            lines += TextTable.lines(
                release.versions.map { [$0.name, $0.version, $0.displayName ?? ""] },
                indent: "  "
            )
        }
        lines += ["", "Images:"] + TextTable.lines(images(), indent: "  ")
        if let sizes {
            lines += [
                "",
                "Size: \(ByteSize.text(sizes.totalBytes)) in \(sizes.blobs) distinct blobs of \(sizes.sizes.count) images",
            ]
        }
        for warning in release.warnings { lines.append("warning: \(warning)") }
        return PrintableText.of(lines.joined(separator: "\n") + "\n")
    }

    private func head() -> [[String]] {
        [
            ["Name:", release.payload.version],
            ["Digest:", "\(release.digest)"],
            ["Created:", release.created ?? "unknown"],
            ["OS/Arch:", release.platformText],
            ["Manifests:", "\(release.manifestCount)"],
            ["Pull From:", "\(release.pullSpec)"],
        ]
    }

    private func metadata() -> [[String]] {
        guard let metadata = release.payload.metadata else { return [["none"]] }
        let upgrades = metadata.previous.isEmpty ? "none" : metadata.previous.joined(separator: ", ")
        var rows = [["Version:", metadata.version], ["Upgrades:", upgrades]]
        if case .object(let members) = release.metadata?["metadata"] {
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                if let text = value.text { rows.append(["\(name):", text]) }
            }
        }
        return rows
    }

    private func images() -> [[String]] {
        var header = ["NAME", showsPullSpecs ? "PULL SPEC" : "DIGEST"]
        if sizes != nil { header += ["LAYERS", "SIZE", "OWN"] }
        if showsCommits { header += ["COMMIT", "SOURCE"] }
        return [header]
            + zip(release.payload.components, release.origins).map { component, origin in
                var row = [component.name, "\(showsPullSpecs ? "\(component.reference)" : "\(component.digest)")"]
                if let sizes {
                    let size = sizes.sizes[component.name]
                    row += [
                        size.map { "\($0.layers)" } ?? "", size.map { ByteSize.text($0.bytes) } ?? "",
                        size.map { ByteSize.text($0.ownBytes) } ?? "",
                    ]
                }
                if showsCommits { row += [origin.commit ?? "", origin.source ?? ""] }
                return row
            }
    }
}
