import OCIModel
import Releases

extension ReleaseDifferenceReport {
    /// An image that differs; what is not told is null, so that the keys are the same for all.
    struct Change: Encodable {
        private let change: ReleaseComparison.Change

        /// Wraps a change.
        init(_ change: ReleaseComparison.Change) {
            self.change = change
        }

        private enum Key: String, CodingKey {
            case name
            case oldDigest
            case newDigest
            case oldCommit
            case newCommit
            case source
            case oldVersions
            case newVersions
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(change.name, forKey: .name)
            try container.encode(change.oldDigest, forKey: .oldDigest)
            try container.encode(change.newDigest, forKey: .newDigest)
            try container.encode(change.oldCommit, forKey: .oldCommit)
            try container.encode(change.newCommit, forKey: .newCommit)
            try container.encode(change.source, forKey: .source)
            try container.encode(change.oldVersions, forKey: .oldVersions)
            try container.encode(change.newVersions, forKey: .newVersions)
        }
    }

    /// A version that differs; the same.
    struct VersionChange: Encodable {
        private let change: ReleaseComparison.VersionChange

        /// Wraps a change.
        init(_ change: ReleaseComparison.VersionChange) {
            self.change = change
        }

        private enum Key: String, CodingKey {
            case name
            case displayName
            case old
            case new
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(change.name, forKey: .name)
            try container.encode(change.displayName, forKey: .displayName)
            try container.encode(change.old, forKey: .old)
            try container.encode(change.new, forKey: .new)
        }
    }
}
