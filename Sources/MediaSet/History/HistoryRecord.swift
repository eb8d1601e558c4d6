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
    /// The digest of what was wanted, whatever the text of the configuration.
    package var planDigest: Digest?
    /// When it was finished, in seconds since 1970.
    package var finished: Int64?
    /// The root manifests of its images, sorted, each once: what a receipt of it must name.
    package var images: [Digest]
    /// Every blob and manifest in it, sorted.
    package var digests: [Digest]
    /// What each repository holds once the set is imported, sorted: also what earlier sets carried.
    package var repositories: [String: [Digest]]?

    /// The path of the lock file among a set's resources.
    package static let lockPath = "ferry/lock.json"

    /// The record of a set.
    ///
    /// - Parameters:
    ///   - layout: the set.
    ///   - finished: the time, in seconds since 1970.
    /// - Throws: `OpenSSLError`.
    package init(of layout: SetLayout, finished: Int64) throws {
        sequence = layout.content.sequence
        set = layout.set
        base = layout.content.base
        configDigest = layout.content.configDigest
        lockDigest = try layout.resourceDigest(HistoryRecord.lockPath)
        planDigest = layout.content.planDigest
        self.finished = finished
        images = Set(layout.content.images.map(\.manifest.digest)).sorted()
        digests = layout.blobs.map(\.digest).sorted()
        repositories = Dictionary(
            uniqueKeysWithValues: layout.content.repositories.map { ($0.key.text, Set($0.value).sorted()) }
        )
    }
}
