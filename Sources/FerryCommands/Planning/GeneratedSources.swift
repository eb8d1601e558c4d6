import Foundation
import ImageStorage
import NIOCore
import OCIModel

/// Registries, with what was made in the working directory before them: it answers for whatever repository by digest.
struct GeneratedSources: ImageSourceProvider {
    /// Where everything else is.
    let upstream: any ImageSourceProvider
    /// What was made here.
    let content: GeneratedContent

    func source(for registry: RegistryName) throws -> any ImageSource {
        Source(upstream: try upstream.source(for: registry), content: content)
    }

    private struct Source: ForwardingSource {
        let upstream: any ImageSource
        let content: GeneratedContent

        func manifest(
            _ reference: ManifestReference,
            in repository: RepositoryPath
        ) async throws -> ManifestDocument? {
            if case .digest(let digest) = reference, let bytes = try await content.manifest(digest) {
                return try ManifestDocument(verifying: bytes, contentType: nil, expected: digest)
            }
            return try await upstream.manifest(reference, in: repository)
        }

        func manifestDigest(
            _ reference: ManifestReference,
            in repository: RepositoryPath
        ) async throws -> Digest? {
            switch reference {
            case .digest(let digest) where try await content.hasManifest(digest): return digest
            case .tag(let tag):
                // Nobody can have signed at the source what was made here.
                if let subject = Self.subject(of: tag), try await content.hasManifest(subject) { return nil }
            case .digest: break
            }
            return try await upstream.manifestDigest(reference, in: repository)
        }

        func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
            if try await content.hasManifest(digest) { return [] }
            return try await upstream.referrers(of: digest, in: repository)
        }

        func withBlob<Result: Sendable>(
            _ blob: Descriptor,
            in repository: RepositoryPath,
            from offset: Int64,
            _ body: (BlobStream) async throws -> Result
        ) async throws -> Result {
            guard offset >= 0, offset <= blob.size, let file = try await content.blob(blob) else {
                return try await upstream.withBlob(blob, in: repository, from: offset, body)
            }
            let reading = SingleConsumer(file)
            try await LocalFiles.run { try reading.value.seek(toOffset: UInt64(offset)) }
            return try await body(
                BlobStream {
                    try await LocalFiles.run {
                        guard let piece = try reading.value.read(upToCount: 512 << 10), !piece.isEmpty else {
                            return nil
                        }
                        return ByteBuffer(bytes: piece)
                    }
                }
            )
        }

        /// What a tag of cosign's is about; nil for other tags.
        private static func subject(of tag: Tag) -> Digest? {
            guard tag.text.hasPrefix("sha256-"), tag.text.utf8.dropFirst(7 + 64).first == UInt8(ascii: ".") else {
                return nil
            }
            // No hex, no digest: then it is a tag like any other.
            return try? Digest("sha256:\(tag.text.dropFirst(7).prefix(64))")
        }
    }
}
