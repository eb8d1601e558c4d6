import DispatchLanes
import ImageStorage
import Logging
import MediaSet
import OCIModel
import RegistryClient

/// Finds the manifests of one repository and the blobs that they refer to; reads manifests only, never a layer.
struct RepositoryWalk: Sendable {
    let registry: any ImageTarget & ImageSource
    /// Bounds the requests of all walks together.
    let permits: AsyncSemaphore
    /// How many requests this walk has under way, at most.
    let width: Int
    /// Whether every blob is asked for, too.
    let checksBlobs: Bool
    let logger: Logger

    /// What one repository holds.
    struct Content: Sendable {
        var manifests: [Digest: Inventory.Manifest] = [:]
        var blobs: [Digest: Inventory.Blob] = [:]

        fileprivate mutating func add(_ found: Found) {
            manifests[found.digest] = Inventory.Manifest(
                digest: found.digest,
                size: found.size,
                mediaType: found.mediaType,
                tags: []
            )
            for blob in found.blobs { blobs[blob.digest] = Inventory.Blob(digest: blob.digest, size: blob.size) }
        }
    }

    /// Something to look at.
    private enum Question: Sendable {
        case tag(Tag)
        case digest(Digest)
    }

    /// What is kept of a manifest; its bytes are not.
    fileprivate struct Found: Sendable {
        let tag: Tag?
        let digest: Digest
        let size: Int64
        let mediaType: MediaType
        let children: [Digest]
        let blobs: [Descriptor]
        /// What refers to it.
        let referrers: [Digest]
    }

    /// Looks into a repository.
    ///
    /// - Parameters:
    ///   - repository: where it is at the registry.
    ///   - digests: manifests to look for besides those with tags.
    /// - Returns: what it holds; nothing when it is not there.
    /// - Throws: `ContentFailure` when the registry cannot be asked; `CancellationError`.
    func content(of repository: RepositoryPath, alsoLookingFor digests: Set<Digest>) async throws -> Content {
        var content = Content()
        var tags: [Digest: [Tag]] = [:]
        var seen: Set<Digest> = []
        var wanted = digests
        var questions = try await permits.withPermit { try await registry.tags(in: repository) }.map(Question.tag)
        // Level by level: what lists and attachments name is looked for in the next round, each manifest once, so it ends.
        repeat {
            let answers = try await mapConcurrently(questions, width: width) { question in
                try await look(at: question, in: repository)
            }
            for case let found? in answers {
                if let tag = found.tag { tags[found.digest, default: []].append(tag) }
                guard content.manifests[found.digest] == nil else { continue }
                content.add(found)
                seen.insert(found.digest)
                wanted.formUnion(found.children + found.referrers)
            }
            questions = wanted.subtracting(seen).sorted().map(Question.digest)
            seen.formUnion(wanted)
        } while !questions.isEmpty
        for (digest, tags) in tags { content.manifests[digest]?.tags = tags.sorted() }
        if checksBlobs { try await dropAbsentBlobs(&content, in: repository) }
        return content
    }

    /// A manifest with what it names; nil when it is not there, or is of a kind that nobody plans.
    private func look(at question: Question, in repository: RepositoryPath) async throws -> Found? {
        try await permits.withPermit {
            let (reference, tag): (ManifestReference, Tag?) =
                switch question {
                case .tag(let tag): (.tag(tag), tag)
                case .digest(let digest): (.digest(digest), nil)
                }
            let document: ManifestDocument?
            do {
                document = try await registry.manifest(reference, in: repository)
            } catch let error as RegistryClientError where error.code == .unusableManifest {
                logger.notice("\(repository): \(reference) is left out, it is no manifest that ferry knows: \(error)")
                return nil
            }
            guard let document else { return nil }
            return Found(
                tag: tag,
                digest: document.digest,
                size: document.size,
                mediaType: document.mediaType,
                children: document.manifest.children.map(\.digest),
                blobs: document.manifest.blobs,
                referrers: try await registry.referrers(of: document.digest, in: repository).map(\.digest)
            )
        }
    }

    /// Takes out the blobs that the registry does not have, whatever its manifests say.
    private func dropAbsentBlobs(_ content: inout Content, in repository: RepositoryPath) async throws {
        let blobs = content.blobs.values.sorted()
        let present = try await mapConcurrently(blobs, width: width) { blob in
            try await permits.withPermit {
                // The type matters to nobody here.
                let descriptor = try Descriptor(mediaType: .ociLayer, digest: blob.digest, size: blob.size)
                return try await registry.containsBlob(descriptor, in: repository)
            }
        }
        for (blob, isPresent) in zip(blobs, present) where !isPresent {
            logger.warning("\(repository): a manifest refers to \(blob.digest), and the registry does not have it")
            content.blobs[blob.digest] = nil
        }
    }
}
