import DispatchLanes
package import ImageStorage
import NIOCore
package import OCIModel

extension MediaSetReader: ImageSource {
    /// The size of one read, in bytes.
    static let chunkSize = 1 << 20

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
        return try await withStream(of: found, offset..<blob.size, body)
    }

    /// Where the blob goes on in another volume, when volumes come one at a time.
    package func pauses(in blob: Descriptor) -> [Int64] {
        guard isOneAtATime, let found = self.blob(blob.digest) else { return [] }
        var pauses: [Int64] = []
        var start: Int64 = 0
        for (extent, next) in zip(found.extents, found.extents.dropFirst()) {
            start += extent.length
            if next.volume != extent.volume { pauses.append(start) }
        }
        return pauses
    }

    /// Names the volumes that have the blob: one of them is damaged.
    package func remedy(forDamaged blob: Descriptor) -> String? {
        guard let found = self.blob(blob.digest) else { return nil }
        let numbers = found.extents.map { "\($0.volume)" }.joined(separator: " or ")
        return "volume \(numbers) of media set \(set) is damaged, bring it again (ferry verify names all that is)"
    }

    /// The tags that images get in a repository, sorted.
    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        tagged[repository]?.keys.sorted() ?? []
    }

    /// The manifests in the set that refer to a manifest, by digest.
    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        try await manifestGraph().referrers[digest] ?? []
    }

    /// Calls `body` with the bytes of a part of a blob, in chunks of 1 MiB; the range must lie inside it.
    ///
    /// Before it calls `body` it waits for the volume of the first byte, if volumes come one at a time.
    ///
    /// - Throws: `MediaSetError.volumeMissing`; the stream throws it too, and `.sizeMismatch` when a volume ends too soon.
    func withStream<Result: Sendable>(
        of blob: SetBlob,
        _ range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        if !isOneAtATime { try requireVolumes(of: blob) }
        let visit = VolumeVisit(exchange)
        defer { visit.end() }
        if let first = Self.part(of: blob, at: range) { try await visit.go(to: first.volume) }
        let lane = lanes.lane()
        let rest = SingleConsumer(range)
        return try await body(
            BlobStream { [self] in
                guard let part = Self.part(of: blob, at: rest.value) else { return nil }
                try Task.checkCancellation()
                let chunk = try await visit.read(part.volume, on: lane) { [exchange] in
                    try Self.read(part, blob, exchange)
                }
                rest.value = (rest.value.lowerBound + part.length)..<rest.value.upperBound
                return chunk
            }
        )
    }

    /// The beginning of a range of a blob, at most `limit` bytes and not beyond the end of a piece; nil when the range is
    /// empty.
    static func part(of blob: SetBlob, at range: Range<Int64>, limit: Int = chunkSize) -> SetExtent? {
        guard !range.isEmpty else { return nil }
        var start: Int64 = 0
        for extent in blob.extents {
            let skipped = range.lowerBound - start
            if skipped < extent.length {
                let count = min(Int64(limit), extent.length - skipped, Int64(range.count))
                return SetExtent(volume: extent.volume, offset: extent.offset + skipped, length: count)
            }
            start += extent.length
        }
        return nil
    }

    /// Makes sure that every volume of a blob is there.
    ///
    /// - Throws: `MediaSetError.volumeMissing`.
    func requireVolumes(of blob: SetBlob) throws(MediaSetError) {
        let volumes = volumes
        guard let extent = blob.extents.first(where: { volumes[$0.volume] == nil }) else { return }
        throw MediaSetError(
            .volumeMissing,
            subject: blob.descriptor.digest,
            message: "\(blob.descriptor.digest) is in volume \(extent.volume), which is not there"
        )
    }

    /// Reads a part of a blob that lies in one volume; blocks.
    ///
    /// - Throws: `MediaSetError.sizeMismatch` when the volume ends too soon; `.fileSystem`, `.volumeMissing`.
    static func read(_ part: SetExtent, _ blob: SetBlob, _ exchange: VolumeExchange) throws -> ByteBuffer {
        let (volume, file) = try exchange.open(part.volume)
        let length = Int(part.length)
        var buffer = ByteBufferAllocator().buffer(capacity: length)
        // The places were bounded when the set was put together.
        let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: memory.prefix(length)),
                at: volume.blobsOffset + part.offset
            )
        }
        guard count == length else {
            throw MediaSetError(
                .sizeMismatch,
                subject: blob.descriptor.digest,
                message: "volume \(part.volume), \(file.path), ends inside \(blob.descriptor.digest)"
            )
        }
        return buffer
    }

    /// Reads and checks a manifest.
    ///
    /// - Throws: `MediaSetError.digestMismatch` that names the volume; `OCIModelError`.
    func document(_ blob: SetBlob) async throws -> ManifestDocument {
        if let document = kept.manifest(blob.descriptor.digest) { return document }
        guard blob.descriptor.size <= Manifest.defaultMaximumSize else {
            throw ImageStorageError(
                .manifestTooLarge,
                subject: blob.descriptor.digest,
                message: "manifest \(blob.descriptor.digest) has \(blob.descriptor.size) bytes, more than "
                    + "\(Manifest.defaultMaximumSize)"
            )
        }
        let bytes = try await withStream(of: blob, 0..<blob.descriptor.size) { stream in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(blob.descriptor.size))
            while let chunk = try await stream.next() { bytes += chunk.readableBytesView }
            return bytes
        }
        do {
            let document = try ManifestDocument(
                verifying: bytes,
                contentType: blob.descriptor.mediaType,
                expected: blob.descriptor.digest
            )
            if isOneAtATime { kept.keep(document) }
            return document
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
