import DispatchLanes
package import ImageStorage
import NIOCore
package import OCIModel

extension MediaSetReader: ImageSource {
    /// The size of one read, in bytes.
    private static let chunkSize = 1 << 20

    /// Reads and checks a manifest; a digest is found in any repository, a tag where its image goes.
    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        guard let digest = try await manifestDigest(reference, in: repository), let blob = blob(digest) else {
            return nil
        }
        return try await document(blob)
    }

    /// Looks a manifest up in the set manifest, without reading it.
    package func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        switch reference {
        case .digest(let digest): blob(digest) == nil ? nil : digest
        case .tag(let tag): tagged[repository]?[tag]
        }
    }

    /// Calls `body` with a blob, read in place, piece after piece.
    package func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard let found = self.blob(blob.digest) else {
            throw ImageStorageError(
                .blobNotFound,
                subject: blob.digest,
                message: "blob \(blob.digest) is not in the media set \(set)"
            )
        }
        guard found.descriptor.size == blob.size else {
            throw MediaSetError(
                .sizeMismatch,
                subject: blob.digest,
                message: "blob \(blob.digest) has \(found.descriptor.size) bytes in the media set, not \(blob.size)"
            )
        }
        return try await body(stream(found, offset..<blob.size))
    }

    /// The tags that images get in a repository, sorted.
    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        tagged[repository]?.keys.sorted() ?? []
    }

    /// The manifests in the set that refer to a manifest, by digest.
    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        try await manifestGraph().referrers[digest] ?? []
    }

    /// The bytes of a part of a blob, in chunks of 1 MiB; the range must lie inside it.
    ///
    /// - Throws: `MediaSetError.volumeMissing`; the stream throws `.sizeMismatch` when a volume ends too soon.
    func stream(_ blob: SetBlob, _ range: Range<Int64>) throws -> BlobStream {
        let places = try places(of: blob)
        let lane = lanes.lane()
        let rest = SingleConsumer(range)
        return BlobStream { [files] in
            let range = rest.value
            guard !range.isEmpty else { return nil }
            try Task.checkCancellation()
            let chunk = try await lane.run { try Self.read(blob, places, range, files, limit: Self.chunkSize) }
            rest.value = (range.lowerBound + Int64(chunk.readableBytes))..<range.upperBound
            return chunk
        }
    }

    /// Reads the beginning of a range, at most `limit` bytes and not beyond the end of a piece; blocks.
    ///
    /// - Throws: `MediaSetError.sizeMismatch` when a volume ends too soon; `.fileSystem`, `.volumeMissing`.
    static func read(
        _ blob: SetBlob,
        _ places: [Place],
        _ range: Range<Int64>,
        _ files: VolumeFiles,
        limit: Int
    ) throws -> ByteBuffer {
        var start: Int64 = 0
        for place in places {
            let skipped = range.lowerBound - start
            guard skipped >= place.length else {
                let count = min(Int64(limit), place.length - skipped, range.upperBound - range.lowerBound)
                return try read(blob, Place(volume: place.volume, offset: place.offset + skipped, length: count), files)
            }
            start += place.length
        }
        throw MediaSetError(
            .sizeMismatch,
            subject: blob.descriptor.digest,
            message: "a read goes past the end of its blob"
        )
    }

    private static func read(_ blob: SetBlob, _ place: Place, _ files: VolumeFiles) throws -> ByteBuffer {
        let file = try files.file(place.volume)
        var buffer = ByteBufferAllocator().buffer(capacity: Int(place.length))
        let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(place.length)) { memory in
            try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: memory.prefix(Int(place.length))),
                at: place.offset
            )
        }
        guard count == Int(place.length) else {
            throw MediaSetError(
                .sizeMismatch,
                subject: blob.descriptor.digest,
                message: "volume \(place.volume), \(file.path), ends inside \(blob.descriptor.digest)"
            )
        }
        return buffer
    }

    /// Reads and checks a manifest.
    ///
    /// - Throws: `MediaSetError.digestMismatch` that names the volume; `OCIModelError`.
    func document(_ blob: SetBlob) async throws -> ManifestDocument {
        guard blob.descriptor.size <= Manifest.defaultMaximumSize else {
            throw ImageStorageError(
                .manifestTooLarge,
                subject: blob.descriptor.digest,
                message: "manifest \(blob.descriptor.digest) has \(blob.descriptor.size) bytes, more than "
                    + "\(Manifest.defaultMaximumSize)"
            )
        }
        let stream = try stream(blob, 0..<blob.descriptor.size)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(blob.descriptor.size))
        while let chunk = try await stream.next() { bytes += chunk.readableBytesView }
        do {
            return try ManifestDocument(
                verifying: bytes,
                contentType: blob.descriptor.mediaType,
                expected: blob.descriptor.digest
            )
        } catch let error as ImageStorageError where error.code == .digestMismatch {
            let numbers = blob.extents.map { String($0.volume) }.joined(separator: ", ")
            throw MediaSetError(
                .digestMismatch,
                subject: blob.descriptor.digest,
                message: "manifest \(blob.descriptor.digest) in volume \(numbers) of the media set is damaged"
            )
        }
    }
}
