import OCIModel
import Releases

/// What differs between two releases, for people and for programs.
struct ReleaseDifferenceReport {
    /// The sizes of both, and what one has beyond the other.
    struct Sizes: Encodable {
        /// All images of the older release, shared blobs once, in bytes.
        let old: Int64
        /// The same of the newer.
        let new: Int64
        /// The blobs that only the newer needs, in bytes: what a mirror of the older lacks.
        let gained: Int64
        /// The blobs that only the older needs, in bytes.
        let dropped: Int64

        /// Counts blobs.
        init(old: [ComponentImage], new: [ComponentImage]) {
            self.old = ComponentSizes(old).totalBytes
            self.new = ComponentSizes(new).totalBytes
            gained = ComponentSizes.bytes(of: new, without: old)
            dropped = ComponentSizes.bytes(of: old, without: new)
        }
    }

    let comparison: ReleaseComparison
    /// Nil when nobody asked.
    let sizes: Sizes?

    /// The text: sums first, then what differs by kind.
    func text() -> String {
        var lines = TextTable.lines([
            ["From:", comparison.old.payload.version, "\(comparison.old.pullSpec)"],
            ["To:", comparison.new.payload.version, "\(comparison.new.pullSpec)"],
        ])
        lines.append(comparison.isEqual ? "The releases are the same." : summary())
        if let sizes {
            lines.append(
                "Size: \(ByteSize.text(sizes.old)) → \(ByteSize.text(sizes.new)); "
                    + "\(ByteSize.text(sizes.gained)) new, \(ByteSize.text(sizes.dropped)) no longer needed"
            )
        }
        if !comparison.isEqual {
            let allows = comparison.isUpgrade ? "an update" : "no update"
            lines.append("Update: the newer release's metadata names \(allows) from \(comparison.old.payload.version)")
        }
        section(
            "Component versions:",
            comparison.versions.map {
                [$0.name, "\($0.old ?? "none") → \($0.new ?? "none")", $0.displayName ?? ""]
            },
            &lines
        )
        section("Added images:", comparison.added.map { [$0.name, "\($0.digest)"] }, &lines)
        section("Removed images:", comparison.removed.map { [$0.name, "\($0.digest)"] }, &lines)
        section("Changed images:", changes(), &lines)
        section("Updates gained:", comparison.addedUpgrades.map { [$0] }, &lines)
        section("Updates lost:", comparison.removedUpgrades.map { [$0] }, &lines)
        return PrintableText.of(lines.joined(separator: "\n") + "\n")
    }

    private func summary() -> String {
        "Images: \(comparison.added.count) added, \(comparison.removed.count) removed, \(comparison.changed.count) changed, "
            + "\(comparison.unchangedCount) the same"
    }

    private func changes() -> [[String]] {
        guard !comparison.changed.isEmpty else { return [] }
        let rows = comparison.changed.map { change in
            let commits = [change.oldCommit, change.newCommit].map { $0.map { String($0.prefix(12)) } ?? "unknown" }
            var row = [change.name, "\(change.oldDigest.short) → \(change.newDigest.short)"]
            row.append(change.oldCommit == change.newCommit ? "" : commits.joined(separator: " → "))
            if change.oldVersions != change.newVersions {
                row.append("\(change.oldVersions ?? "none") → \(change.newVersions ?? "none")")
            }
            return row
        }
        return [["NAME", "DIGEST", "COMMIT"] + (rows.contains { $0.count > 3 } ? ["VERSIONS"] : [])] + rows
    }

    private func section(_ title: String, _ rows: [[String]], _ lines: inout [String]) {
        guard !rows.isEmpty else { return }
        lines += ["", title] + TextTable.lines(rows, indent: "  ")
    }

    /// The same as JSON: every key is always there but `sizes`, which stands there when it was asked for.
    ///
    /// - Throws: `EncodingError`, which does not happen for these types.
    func json() throws -> String {
        try JSONOutput.text(
            Document(
                from: Release(comparison.old),
                to: Release(comparison.new),
                isEqual: comparison.isEqual,
                isUpgrade: comparison.isUpgrade,
                added: comparison.added.map { Image(name: $0.name, digest: $0.digest) },
                removed: comparison.removed.map { Image(name: $0.name, digest: $0.digest) },
                changed: comparison.changed.map { Change($0) },
                unchanged: comparison.unchangedCount,
                displayVersions: comparison.versions.map { VersionChange($0) },
                upgrades: Upgrades(added: comparison.addedUpgrades, removed: comparison.removedUpgrades),
                sizes: sizes
            )
        )
    }

    private struct Document: Encodable {
        let from: Release
        let to: Release
        let isEqual: Bool
        let isUpgrade: Bool
        let added: [Image]
        let removed: [Image]
        let changed: [Change]
        let unchanged: Int
        let displayVersions: [VersionChange]
        let upgrades: Upgrades
        let sizes: Sizes?
    }

    private struct Release: Encodable {
        let name: String
        let image: ImageReference
        let digest: Digest

        init(_ release: ReleaseInspection) {
            name = release.payload.version
            image = release.pullSpec
            digest = release.digest
        }
    }

    private struct Image: Encodable {
        let name: String
        let digest: Digest
    }

    private struct Upgrades: Encodable {
        let added: [String]
        let removed: [String]
    }
}
