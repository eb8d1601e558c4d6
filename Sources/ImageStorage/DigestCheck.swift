import NIOCore
package import OCIModel
import OpenSSLCrypto

/// Counts and hashes the bytes of a blob on their way, and holds the last chunk back until they are proven right.
///
/// A consumer that must not commit wrong bytes (an upload of known length) therefore never sees the end of a stream
/// whose digest differs: it gets an error instead of the last chunk, and the same error again if it goes on.
///
/// The hash outlives the streams: after a broken one, the next goes on at any byte up to where the hash stands. What is
/// given a second time is not hashed a second time. One stream at a time is read.
package final class DigestCheck: Sendable {
    private struct Hash: ~Copyable {
        /// Nil once all bytes were hashed.
        var hasher: ContentHasher?
        var count: Int64
        /// What the end of the blob proved.
        var verdict: Result<Void, ImageStorageError>?
        /// Where the last checkpoint was.
        var recorded: Int64
    }

    /// The way of one stream through the check.
    private struct Pass {
        /// How many bytes of the blob came before the next chunk.
        var position: Int64
        /// The part of the blob that is given on.
        let range: Range<Int64>
        var held: ByteBuffer?
        var isDone = false
        var failure: (any Error)?
    }

    private let blob: Descriptor
    private let recorder: CheckpointRecorder?
    private let hash: SingleConsumer<Hash>

    /// Starts a check of a blob.
    ///
    /// - Parameters:
    ///   - blob: what the bytes must be.
    ///   - checkpoint: where an earlier check of the same blob stopped; nil for the beginning.
    ///   - recorder: is told of checkpoints.
    /// - Throws: `OpenSSLError`; `ImageStorageError.digestMismatch` when the checkpoint cannot be used.
    package init(
        _ blob: Descriptor,
        from checkpoint: HashCheckpoint? = nil,
        recorder: CheckpointRecorder? = nil
    ) throws {
        self.blob = blob
        self.recorder = recorder
        guard let checkpoint else {
            let hasher = try ContentHasher(blob.digest.algorithm, savesState: recorder != nil)
            hash = SingleConsumer(Hash(hasher: hasher, count: 0, recorded: 0))
            return
        }
        let restored = try ContentHasher(blob.digest.algorithm, state: checkpoint.state, count: checkpoint.offset)
        guard let restored, checkpoint.offset <= blob.size else {
            throw ImageStorageError(
                .digestMismatch,
                subject: blob.digest,
                message: "the hash of blob \(blob.digest) cannot go on at byte \(checkpoint.offset)"
            )
        }
        hash = SingleConsumer(Hash(hasher: restored, count: checkpoint.offset, recorded: checkpoint.offset))
    }

    /// How many bytes from the blob's beginning were hashed; not to be asked while a stream is read.
    package var hashedBytes: Int64 { hash.value.count }

    /// Where the hash stands, to go on from there; nil at the end, and when no checkpoints were asked for.
    ///
    /// Not to be asked while a stream is read.
    package var checkpoint: HashCheckpoint? {
        guard let state = hash.value.hasher?.state else { return nil }
        return HashCheckpoint(offset: hash.value.count, state: state)
    }

    /// Makes the stream that gives the same bytes, and fails at its end when they are not the blob.
    ///
    /// - Parameter stream: the blob from its first byte.
    /// - Returns: the checked stream. It throws `ImageStorageError.sizeMismatch` or `.digestMismatch`, what `stream`
    ///   throws, and `CancellationError` when the stream ended early in a cancelled task.
    package func checked(_ stream: BlobStream) -> BlobStream { checked(stream, from: 0, giving: 0..<blob.size) }

    /// Makes the stream that gives a part of the blob, and fails when the blob's end proves that its bytes are wrong.
    ///
    /// - Parameters:
    ///   - stream: the blob from `offset` on.
    ///   - offset: in bytes; neither behind ``hashedBytes`` nor behind the part.
    ///   - range: the part, in bytes. When it ends before the blob, `stream` is not asked for more than it.
    /// - Returns: the checked stream; it throws as ``checked(_:)`` says.
    package func checked(_ stream: BlobStream, from offset: Int64, giving range: Range<Int64>) -> BlobStream {
        precondition(offset <= hashedBytes && offset <= range.lowerBound && range.upperBound <= blob.size)
        let pass = SingleConsumer(Pass(position: offset, range: range))
        return BlobStream { [self] in
            if let failure = pass.value.failure { throw failure }
            do {
                return try await next(of: stream, pass)
            } catch {
                pass.value.failure = error
                pass.value.held = nil
                throw error
            }
        }
    }

    private func next(of stream: BlobStream, _ pass: SingleConsumer<Pass>) async throws -> ByteBuffer? {
        guard !pass.value.isDone else { return nil }
        let range = pass.value.range
        let isLast = range.upperBound == blob.size
        while isLast || pass.value.position < range.upperBound {
            guard var chunk = try await stream.next() else {
                try prove(end: pass.value.position)
                break
            }
            // An empty chunk at the end would push the last bytes out before they are proven.
            guard chunk.readableBytes > 0 else { continue }
            let start = pass.value.position
            let (end, overflow) = start.addingReportingOverflow(Int64(chunk.readableBytes))
            guard !overflow, end <= blob.size else { throw tooLong }
            if end > range.upperBound, let part = chunk.readSlice(length: Int(range.upperBound - start)) {
                chunk = part
            }
            pass.value.position = min(end, range.upperBound)
            try await add(chunk, at: start)
            chunk.moveReaderIndex(forwardBy: Int(min(max(0, range.lowerBound - start), Int64(chunk.readableBytes))))
            guard chunk.readableBytes > 0 else { continue }
            guard isLast else { return chunk }
            let previous = pass.value.held
            pass.value.held = chunk
            if let previous { return previous }
        }
        pass.value.isDone = true
        return pass.value.held.take()
    }

    /// Hashes what was not hashed before.
    private func add(_ chunk: ByteBuffer, at start: Int64) async throws {
        let known = hash.value.count - start
        guard known < chunk.readableBytes else { return }
        try chunk.withUnsafeReadableBytes { bytes in
            try hash.value.hasher?.update(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Int(max(0, known)))))
        }
        hash.value.count = start + Int64(chunk.readableBytes)
        guard let recorder, hash.value.count - hash.value.recorded >= recorder.interval, let checkpoint else { return }
        hash.value.recorded = checkpoint.offset
        await recorder.record(checkpoint)
    }

    /// Decides at the end of a stream whether those were the bytes.
    private func prove(end position: Int64) throws {
        guard position == blob.size else {
            // Some sequences just end when their task is cancelled; that says nothing about the bytes.
            try Task.checkCancellation()
            throw ImageStorageError(
                .sizeMismatch,
                subject: blob.digest,
                message: "blob \(blob.digest) has \(position) bytes, its manifest states \(blob.size)"
            )
        }
        if let hasher = hash.value.hasher.take() {
            let digest = try hasher.finish()
            hash.value.verdict =
                digest == blob.digest
                ? .success(())
                : .failure(
                    ImageStorageError(
                        .digestMismatch,
                        subject: blob.digest,
                        message: "the bytes received for blob \(blob.digest) hash to \(digest)"
                    )
                )
        }
        try hash.value.verdict?.get()
    }

    private var tooLong: ImageStorageError {
        ImageStorageError(
            .sizeMismatch,
            subject: blob.digest,
            message: "blob \(blob.digest) has more than the \(blob.size) bytes that its manifest states"
        )
    }
}
