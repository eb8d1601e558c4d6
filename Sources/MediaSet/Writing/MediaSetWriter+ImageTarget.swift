import DispatchLanes
package import ImageStorage
import NIOCore
package import OCIModel
import OpenSSLCrypto

extension MediaSetWriter: ImageTarget {
    /// A blob is in the set once, whatever the repository.
    package var sharesBlobs: Bool { true }

    /// Whether the blob is in the set, or was left out of it because an earlier set carried it.
    package func containsBlob(_ blob: Descriptor, in repository: RepositoryPath) async throws -> Bool {
        isPresent(blob.digest) || layout.content.requires[blob.digest] != nil
    }

    /// True when the blob is in the set: then it is in every repository.
    package func mountBlob(
        _ blob: Descriptor,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        try await containsBlob(blob, in: repository)
    }

    /// Writes a blob to its place, from the byte that an earlier run or attempt reached.
    ///
    /// Bytes of an earlier run that turn out wrong are fetched again, once. Cancellation and errors leave what was
    /// written to be continued.
    ///
    /// - Throws: `MediaSetError.notInSet`; `.sizeMismatch`, `.digestMismatch`; `.noSpace` and other failures of the disk;
    ///   what the source throws.
    package func writeBlob(_ blob: Descriptor, to repository: RepositoryPath, from source: BlobOpener) async throws {
        guard let index = layout.index(of: blob.digest) else {
            if layout.content.requires[blob.digest] != nil { return }
            throw notInSet(blob.digest)
        }
        guard layout.blobs[index].size == blob.size else {
            throw MediaSetError(
                .sizeMismatch,
                subject: blob.digest,
                message:
                    "blob \(blob.digest) was planned with \(layout.blobs[index].size) bytes and now claims \(blob.size)"
            )
        }
        try await alone(index) {
            if !isPresent(index) { try await transfer(index, from: source) }
        }
        try await commit()
    }

    /// Writes a manifest to its place; its tags were planned with the set.
    ///
    /// - Throws: `MediaSetError.notInSet` when the set was planned without the manifest or without that tag; the failures
    ///   of ``writeBlob(_:to:from:)``.
    package func writeManifest(_ document: ManifestDocument, to repository: RepositoryPath, tag: Tag?) async throws {
        if let tag, digest(of: tag, in: repository) != document.digest {
            throw MediaSetError(
                .notInSet,
                subject: "\(repository):\(tag)",
                message: "the media set was planned without \(repository):\(tag) for manifest \(document.digest)"
            )
        }
        let blob = try Descriptor(mediaType: document.mediaType, digest: document.digest, size: document.size)
        let bytes = ByteBuffer(bytes: document.bytes)
        try await writeBlob(
            blob,
            to: repository,
            from: BlobOpener { offset, body in
                try await body(
                    BlobStream(bytes.getSlice(at: Int(offset), length: bytes.readableBytes - Int(offset)) ?? bytes)
                )
            }
        )
    }

    /// Hashes what the volumes hold of a manifest or blob; nil when it is not there.
    package func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        let digest =
            switch reference {
            case .digest(let digest): Optional(digest)
            case .tag(let tag): self.digest(of: tag, in: repository)
            }
        guard let digest, let index = layout.index(of: digest), isPresent(index) else { return nil }
        let pieces = layout.pieces(of: index)
        return try await lanes.run { [files] in
            var hasher = try ContentHasher(digest.algorithm)
            for piece in pieces {
                var done: Int64 = 0
                while done < piece.length {
                    let count = Int(min(1 << 20, piece.length - done))
                    let bytes = try files.file(piece.volume).read(count, at: piece.dataOffset + done)
                    // A file that ends too soon gives another digest, which is the answer.
                    if bytes.isEmpty { break }
                    try hasher.update(bytes)
                    done += Int64(bytes.count)
                }
            }
            return try hasher.finish()
        }
    }

    private func digest(of tag: Tag, in repository: RepositoryPath) -> Digest? {
        tags["\(repository):\(tag)"]
    }

    private func notInSet(_ digest: Digest) -> MediaSetError {
        MediaSetError(.notInSet, subject: digest, message: "the media set was planned without \(digest)")
    }
}
