package import OCIModel

/// What a finished set carried, kept so that the next one can leave it out.
package struct HistoryRecord: Hashable, Sendable, Codable {
    /// The version of the record.
    package var format = SetManifest.currentFormat
    /// The set's number for its destination.
    package var sequence: Int
    /// The set.
    package var set: SetIdentifier
    /// The set that it built on.
    package var base: SetIdentifier?
    /// The digest of the image-set configuration.
    package var configDigest: Digest?
    /// The digest of the lock file that the set carries, so that the same lock makes the same set again.
    package var lockDigest: Digest?
    /// Every blob and manifest in it, sorted.
    package var digests: [Digest]

    /// The path of the lock file among a set's resources.
    package static let lockPath = "ferry/lock.json"

    /// The record of a set.
    ///
    /// - Throws: `OpenSSLError`.
    package init(of layout: SetLayout) throws {
        sequence = layout.content.sequence
        set = layout.set
        base = layout.content.base
        configDigest = layout.content.configDigest
        lockDigest = try layout.resourceDigest(HistoryRecord.lockPath)
        digests = layout.blobs.map(\.digest).sorted()
    }
}
