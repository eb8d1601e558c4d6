import ImageStorage
import Logging
import MediaSet
import OCIModel

/// The content of a set together with that of earlier sets on the same media, and with what the target holds already.
///
/// A set that builds on others lacks what they carried: it is read from them when they lie at hand, and otherwise the
/// target has it.
struct SetLibrary: ForwardingSource {
    /// The set that is imported.
    let reader: MediaSetReader
    /// Earlier sets that it names and that lie on the media.
    let earlier: [MediaSetReader]
    /// The target with the repositories in which it holds what no medium has; nil while nothing is known of a target.
    var target: (store: any ImageSource, places: [Digest: RepositoryPath])?

    /// Looks for the sets that a set builds on.
    ///
    /// - Parameters:
    ///   - reader: the set.
    ///   - folders: where to look.
    ///   - logger: is told which are used.
    /// - Returns: the library; a set that is not there, or not whole, is not in it. When volumes come one at a time none
    ///   is: its media come and go with them.
    /// - Throws: `CancellationError`.
    static func open(_ reader: MediaSetReader, folders: [String], logger: Logger) async throws -> SetLibrary {
        guard !reader.isOneAtATime else { return SetLibrary(reader: reader, earlier: []) }
        var earlier: [MediaSetReader] = []
        for set in Set(reader.manifest.requires.values).sorted() where reader.manifest.inventories[set] == nil {
            do {
                earlier.append(try await MediaSetReader.open(folders: folders, selection: .set(set)))
                logger.notice("media set \(set), on which this one builds, lies on the media too")
            } catch {
                // Its content is then looked for at the target; what lacks there is named with the set.
                try Task.checkCancellation()
                logger.debug("media set \(set) is not at hand: \(error)")
            }
        }
        return SetLibrary(reader: reader, earlier: earlier)
    }

    /// Manifests and tags are those of the set: it carries all that it needs.
    var upstream: any ImageSource { reader }

    /// What neither the set nor one at hand carries, with the set that did.
    var required: [Digest: SetIdentifier] {
        reader.manifest.requires.filter { digest, _ in !earlier.contains { $0.blob(digest) != nil } }
    }

    func pauses(in blob: Descriptor) -> [Int64] { holder(of: blob.digest)?.pauses(in: blob) ?? [] }

    func remedy(forDamaged blob: Descriptor) -> String? { holder(of: blob.digest)?.remedy(forDamaged: blob) }

    private func holder(of digest: Digest) -> MediaSetReader? {
        ([reader] + earlier).first { $0.blob(digest) != nil }
    }

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        if let holder = holder(of: blob.digest) {
            return try await holder.withBlob(blob, in: repository, from: offset, body)
        }
        // The target refused to mount its own blob: it is read from there and written again.
        if let target, let place = target.places[blob.digest] {
            return try await target.store.withBlob(blob, in: place, from: offset, body)
        }
        return try await reader.withBlob(blob, in: repository, from: offset, body)
    }
}
