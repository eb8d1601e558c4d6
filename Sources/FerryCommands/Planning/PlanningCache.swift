import Foundation
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto

/// Keeps the small blobs that planning reads (a payload's config and its layer of manifests) in the working directory.
///
/// Planning the same release again asks the source for no blob, and a transfer does not fetch them a second time. What
/// is kept is checked by digest whenever it is read, so a damaged file is as good as none.
struct PlanningCache: ImageSourceProvider {
    /// The largest blob that is kept, in bytes.
    static let maximumBlobSize: Int64 = 8 << 20

    /// Where blobs that lack are read.
    let upstream: any ImageSourceProvider
    /// The folder.
    let folder: String
    /// Whether blobs that are read are kept; a transfer only looks.
    let keeps: Bool

    func source(for registry: RegistryName) throws -> any ImageSource {
        CachedSource(upstream: try upstream.source(for: registry), folder: folder, keeps: keeps)
    }
}

/// One registry with a cache of small blobs before it.
private struct CachedSource: ForwardingSource {
    let upstream: any ImageSource
    let folder: String
    let keeps: Bool

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard blob.size <= PlanningCache.maximumBlobSize, offset >= 0, offset <= blob.size else {
            return try await upstream.withBlob(blob, in: repository, from: offset, body)
        }
        let path = "\(folder)/\(blob.digest.algorithm.rawValue)-\(blob.digest.hex)"
        var bytes = try await kept(blob, at: path)
        if bytes == nil, keeps {
            let fetched = try await fetch(blob, in: repository)
            try await LocalFiles.write(fetched, to: path)
            bytes = fetched
        }
        guard let bytes else { return try await upstream.withBlob(blob, in: repository, from: offset, body) }
        return try await body(BlobStream(ByteBuffer(bytes: bytes.dropFirst(Int(offset)))))
    }

    /// The blob if it is kept and right; nil in any other case, since it can be fetched again.
    private func kept(_ blob: Descriptor, at path: String) async throws -> [UInt8]? {
        try await LocalFiles.run {
            guard let file = FileHandle(forReadingAtPath: path) else { return nil }
            defer { file.closeFile() }
            // A file that cannot be read is as good as none.
            guard let data = try? file.read(upToCount: Int(blob.size) + 1), Int64(data.count) == blob.size else {
                return nil
            }
            return try ContentHasher.digest(of: data, blob.digest.algorithm) == blob.digest ? Array(data) : nil
        }
    }

    private func fetch(_ blob: Descriptor, in repository: RepositoryPath) async throws -> [UInt8] {
        try await upstream.withBlob(blob, in: repository, from: 0) { stream in
            let checked = try DigestCheck(blob).checked(stream)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(blob.size))
            while let chunk = try await checked.next() { bytes.append(contentsOf: chunk.readableBytesView) }
            return bytes
        }
    }
}
