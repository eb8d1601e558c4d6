import NIOCore
package import OCIModel
import OpenSSLCrypto

/// Counts and hashes the bytes of a blob on their way, and holds the last chunk back until they are proven right.
///
/// A consumer that must not commit wrong bytes (an upload of known length) therefore never sees the end of a stream
/// whose digest differs: it gets an error instead of the last chunk, and the same error again if it goes on.
package final class DigestCheck: Sendable {
    private struct State: ~Copyable {
        /// Nil once the stream has ended.
        var hasher: ContentHasher?
        var held: ByteBuffer?
        var received: Int64
        var failure: (any Error)?
    }

    private let blob: Descriptor
    private let state: SingleConsumer<State>

    /// Starts a check of a whole blob; for one stream.
    ///
    /// - Throws: `OpenSSLError`.
    package init(_ blob: Descriptor) throws {
        self.blob = blob
        state = SingleConsumer(State(hasher: try ContentHasher(blob.digest.algorithm), held: nil, received: 0))
    }

    /// Makes the stream that gives the same bytes, and fails at its end when they are not the blob.
    ///
    /// - Parameter stream: the blob from its first byte.
    /// - Returns: the checked stream. It throws `ImageStorageError.sizeMismatch` or `.digestMismatch`, what `stream`
    ///   throws, and `CancellationError` when the stream ended early in a cancelled task.
    package func checked(_ stream: BlobStream) -> BlobStream {
        BlobStream { [self] in
            if let failure = state.value.failure { throw failure }
            do {
                return try await next(of: stream)
            } catch {
                state.value.failure = error
                state.value.held = nil
                throw error
            }
        }
    }

    private func next(of stream: BlobStream) async throws -> ByteBuffer? {
        guard state.value.hasher != nil else { return nil }
        while let chunk = try await stream.next() {
            // An empty chunk at the end would push the last bytes out before they are proven.
            guard chunk.readableBytes > 0 else { continue }
            let (received, overflow) = state.value.received.addingReportingOverflow(Int64(chunk.readableBytes))
            guard !overflow, received <= blob.size else {
                throw ImageStorageError(
                    .sizeMismatch,
                    subject: blob.digest,
                    message: "blob \(blob.digest) has more than the \(blob.size) bytes that its manifest states"
                )
            }
            state.value.received = received
            try chunk.withUnsafeReadableBytes { bytes in try state.value.hasher?.update(bytes) }
            let previous = state.value.held
            state.value.held = chunk
            if let previous { return previous }
        }
        return try finish()
    }

    private func finish() throws -> ByteBuffer? {
        guard let hasher = state.value.hasher.take() else { return nil }
        guard state.value.received == blob.size else {
            // Some sequences just end when their task is cancelled; that says nothing about the bytes.
            try Task.checkCancellation()
            throw ImageStorageError(
                .sizeMismatch,
                subject: blob.digest,
                message: "blob \(blob.digest) has \(state.value.received) bytes, its manifest states \(blob.size)"
            )
        }
        let digest = try hasher.finish()
        guard digest == blob.digest else {
            throw ImageStorageError(
                .digestMismatch,
                subject: blob.digest,
                message: "the bytes received for blob \(blob.digest) hash to \(digest)"
            )
        }
        return state.value.held.take()
    }
}
