import NIOCore
package import OCIModel
import OpenSSLCrypto

/// Counts and hashes the bytes of a blob on their way, and holds the last chunk back until they are proven right.
///
/// A consumer that must not commit wrong bytes (an upload of known length) therefore never sees the end of a stream
/// whose digest differs: it gets an error instead of the last chunk.
package final class DigestCheck: Sendable {
    private struct State: ~Copyable {
        var hasher: ContentHasher?
        var held: ByteBuffer?
        var received: Int64
    }

    private let blob: Descriptor
    private let state: SingleConsumerBox

    private final class SingleConsumerBox: @unchecked Sendable {
        var state: State

        init(_ state: consuming State) {
            self.state = state
        }
    }

    /// Starts a check of a whole blob.
    ///
    /// - Throws: `OpenSSLError`.
    package init(_ blob: Descriptor) throws {
        self.blob = blob
        state = SingleConsumerBox(State(hasher: try ContentHasher(blob.digest.algorithm), held: nil, received: 0))
    }

    /// The stream that gives the same chunks, and fails at its end when they are not the blob.
    ///
    /// - Parameter stream: the blob from its first byte.
    package func checked(_ stream: BlobStream) -> BlobStream {
        BlobStream { [self] in try await next(of: stream) }
    }

    private func next(of stream: BlobStream) async throws -> ByteBuffer? {
        while true {
            guard let chunk = try await stream.next() else { return try finish() }
            state.state.received += Int64(chunk.readableBytes)
            guard state.state.received <= blob.size else {
                throw ImageStorageError(
                    .sizeMismatch,
                    subject: blob.digest,
                    message: "blob \(blob.digest) has more than the \(blob.size) bytes that its manifest states"
                )
            }
            try chunk.withUnsafeReadableBytes { bytes in try state.state.hasher?.update(bytes) }
            let previous = state.state.held
            state.state.held = chunk
            if let previous { return previous }
        }
    }

    private func finish() throws -> ByteBuffer? {
        guard let hasher = state.state.hasher.take() else { return nil }
        guard state.state.received == blob.size else {
            throw ImageStorageError(
                .sizeMismatch,
                subject: blob.digest,
                message: "blob \(blob.digest) has \(state.state.received) bytes, its manifest states \(blob.size)"
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
        return state.state.held.take()
    }
}
