package import NIOCore

/// The bytes of a blob, in order, pulled by one consumer.
///
/// Chunks are not empty and hold at most a few MiB. A stream is valid only inside the `withBlob` call that gave it,
/// and is read once: a second iterator continues where the first stopped.
package struct BlobStream: AsyncSequence, Sendable {
    /// A chunk of bytes.
    package typealias Element = ByteBuffer
    /// Whatever the store throws.
    package typealias Failure = any Error

    private let pull: @Sendable () async throws -> ByteBuffer?

    /// Makes a stream from a function that gives the next chunk, or nil at the end.
    package init(pull: @escaping @Sendable () async throws -> ByteBuffer?) {
        self.pull = pull
    }

    /// A stream of bytes that are in memory already.
    package init(_ buffer: ByteBuffer) {
        let rest = SingleConsumer(Optional(buffer))
        pull = {
            defer { rest.value = nil }
            guard let buffer = rest.value, buffer.readableBytes > 0 else { return nil }
            return buffer
        }
    }

    /// A stream over any other asynchronous sequence of chunks.
    package init<Chunks: AsyncSequence>(_ chunks: Chunks) where Chunks.Element == ByteBuffer, Chunks: Sendable {
        let iterator = SingleConsumer(chunks.makeAsyncIterator())
        pull = { try await iterator.value.next() }
    }

    /// The next chunk, nil at the end.
    ///
    /// - Throws: what the store that gave the stream throws.
    package func next() async throws -> ByteBuffer? { try await pull() }

    /// An iterator that goes on where the stream stands.
    package func makeAsyncIterator() -> Iterator { Iterator(pull: pull) }

    /// Pulls from the stream.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let pull: @Sendable () async throws -> ByteBuffer?

        /// The next chunk, nil at the end.
        ///
        /// - Throws: what the store that gave the stream throws.
        package mutating func next() async throws -> ByteBuffer? { try await pull() }
    }
}

/// Holds a value that one task at a time uses; who makes one promises that.
///
/// A stream has one consumer by contract, so the mutation inside `pull` cannot race; the compiler cannot see it.
package final class SingleConsumer<Value: ~Copyable>: @unchecked Sendable {
    /// The value.
    package var value: Value

    /// Wraps a value.
    package init(_ value: consuming Value) {
        self.value = value
    }
}
