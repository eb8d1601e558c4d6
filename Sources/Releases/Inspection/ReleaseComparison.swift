package import OCIModel

/// What differs between two releases.
package struct ReleaseComparison: Sendable {
    /// An image that both have, with different bytes.
    package struct Change: Hashable, Sendable {
        /// Its name.
        package let name: String
        /// Its digest in the older release.
        package let oldDigest: Digest
        /// Its digest in the newer one.
        package let newDigest: Digest
        /// Its commit in the older release; nil when none is told.
        package let oldCommit: String?
        /// Its commit in the newer one; nil when none is told.
        package let newCommit: String?
        /// Where its sources are, by the newer release; nil when it does not tell.
        package let source: String?
        /// Its annotation about versions in the older release.
        package let oldVersions: String?
        /// Its annotation about versions in the newer one.
        package let newVersions: String?
    }

    /// Something inside the releases whose version differs; nil where a release does not have it.
    package struct VersionChange: Hashable, Sendable {
        /// What has the version.
        package let name: String
        /// The name for people, if one is told.
        package let displayName: String?
        /// The version in the older release.
        package let old: String?
        /// The version in the newer one.
        package let new: String?
    }

    /// The older release, from which changes are seen.
    package let old: ReleaseInspection
    /// The newer release.
    package let new: ReleaseInspection
    /// Images that the newer release has alone, in its order.
    package let added: [ReleaseComponent]
    /// Images that the older release has alone, in its order.
    package let removed: [ReleaseComponent]
    /// Images that both have with different digests, in the newer one's order.
    package let changed: [Change]
    /// How many images are the same.
    package let unchangedCount: Int
    /// The versions of what is inside that differ, sorted by name.
    package let versions: [VersionChange]
    /// Versions from which an update leads to the newer release and did not to the older, in the newer one's order.
    package let addedUpgrades: [String]
    /// Versions from which an update led to the older release and does not to the newer, in the older one's order.
    package let removedUpgrades: [String]

    /// Whether the newer release's own metadata allows the update from the older one.
    package var isUpgrade: Bool { new.payload.metadata?.previous.contains(old.payload.version) ?? false }

    /// Whether the two are the same, to the bit.
    package var isEqual: Bool { old.digest == new.digest }

    /// Compares two releases.
    package init(from old: ReleaseInspection, to new: ReleaseInspection) {
        self.old = old
        self.new = new
        let before = Self.byName(old)
        let after = Self.byName(new)
        added = new.payload.components.filter { before[$0.name] == nil }
        removed = old.payload.components.filter { after[$0.name] == nil }
        changed = new.payload.components.compactMap { component in
            guard let (was, wasFrom) = before[component.name], was.digest != component.digest else { return nil }
            let isFrom = after[component.name]?.1
            return Change(
                name: component.name,
                oldDigest: was.digest,
                newDigest: component.digest,
                oldCommit: wasFrom?.commit,
                newCommit: isFrom?.commit,
                source: isFrom?.source,
                oldVersions: wasFrom?.versions,
                newVersions: isFrom?.versions
            )
        }
        unchangedCount = new.payload.components.count - added.count - changed.count
        versions = Self.changes(old.versions, new.versions)
        let oldEdges = old.payload.metadata?.previous ?? []
        let newEdges = new.payload.metadata?.previous ?? []
        addedUpgrades = newEdges.filter(Set(newEdges).subtracting(oldEdges).contains)
        removedUpgrades = oldEdges.filter(Set(oldEdges).subtracting(newEdges).contains)
    }

    private static func byName(_ release: ReleaseInspection) -> [String: (ReleaseComponent, ComponentOrigin?)] {
        let components = release.payload.components.enumerated().map { index, component in
            (component.name, (component, release.origins.indices.contains(index) ? release.origins[index] : nil))
        }
        return Dictionary(components) { first, _ in first }
    }

    private static func changes(_ old: [ComponentVersion], _ new: [ComponentVersion]) -> [VersionChange] {
        let before = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.name, $0) }) { first, _ in first }
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            guard before[name]?.version != after[name]?.version else { return nil }
            return VersionChange(
                name: name,
                displayName: after[name]?.displayName ?? before[name]?.displayName,
                old: before[name]?.version,
                new: after[name]?.version
            )
        }
    }
}
