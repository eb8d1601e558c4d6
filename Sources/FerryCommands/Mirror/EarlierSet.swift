import ImageStorage
import MediaSet
import OCIModel

/// Reads blobs from a set that was begun before, where it has them, and everything else upstream.
///
/// A set that is planned again without the images that failed so fetches nothing twice.
struct EarlierSet: ImageSourceProvider {
    let writer: MediaSetWriter?
    let upstream: any ImageSourceProvider

    func source(for registry: RegistryName) throws -> any ImageSource {
        let source = try upstream.source(for: registry)
        guard let writer else { return source }
        return Source(writer: writer, upstream: source)
    }

    private struct Source: ForwardingSource {
        let writer: MediaSetWriter
        let upstream: any ImageSource

        func withBlob<Result: Sendable>(
            _ blob: Descriptor,
            in repository: RepositoryPath,
            from offset: Int64,
            _ body: (BlobStream) async throws -> Result
        ) async throws -> Result {
            if writer.isPresent(blob.digest) { return try await body(writer.stream(of: blob, from: offset)) }
            return try await upstream.withBlob(blob, in: repository, from: offset, body)
        }
    }
}
