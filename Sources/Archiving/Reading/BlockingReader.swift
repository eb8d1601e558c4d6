/// Runs a reader that blocks over bytes that arrive asynchronously, with a bounded buffer between the two.
///
/// All chunks are pulled to their end, also when the reader has enough or fails before: whoever checks a digest on the
/// way does so over the whole, and its failure counts more than what a reader thinks of damaged bytes. Cancellation
/// reaches the reader as the failure of its input.
///
/// - Parameters:
///   - bufferedBytes: how much may wait between the two, in bytes; one chunk always may.
///   - next: gives the next chunk, nil at the end.
///   - run: runs its argument where blocking is allowed, such as `DispatchLane.run`. That must not be a place that
///     `next` itself needs to get on, or both wait for ever.
///   - read: the reader; its input is valid only inside.
/// - Returns: what `read` returned.
/// - Throws: what `next` throws, else what `read` throws.
package func withBlockingReader<Chunk: Collection<UInt8> & Sendable, Result: Sendable>(
    bufferedBytes: Int = 1 << 20,
    chunks next: () async throws -> Chunk?,
    on run: @escaping @Sendable (@escaping @Sendable () throws -> Result) async throws -> Result,
    _ read: @escaping @Sendable (ByteInput) throws -> Result
) async throws -> Result {
    let handOver = HandOver<Chunk>(limit: bufferedBytes)
    async let result = receiving(handOver, on: run, read)
    do {
        while let chunk = try await next() { await handOver.send(chunk) }
        handOver.finish(.success(()))
    } catch {
        handOver.finish(.failure(error))
        // The reader ends before its input goes; what it says about an input that failed is not news.
        _ = try? await result
        throw error
    }
    return try await result
}

/// The receiving half; however it ends, the sender is let go.
private func receiving<Chunk: Collection<UInt8> & Sendable, Result: Sendable>(
    _ handOver: HandOver<Chunk>,
    on run: @Sendable (@escaping @Sendable () throws -> Result) async throws -> Result,
    _ read: @escaping @Sendable (ByteInput) throws -> Result
) async throws -> Result {
    defer { handOver.close() }
    return try await run {
        // Closed here already: the sender goes on while this thread does other work.
        defer { handOver.close() }
        return try read(ByteInput(receivingFrom: handOver))
    }
}

extension ByteInput {
    /// An input that takes pieces from a hand-over and cuts them to the buffers it is given.
    fileprivate init<Piece: Collection<UInt8> & Sendable>(receivingFrom handOver: HandOver<Piece>) {
        var rest: Piece.SubSequence?
        self.init { buffer in
            while rest?.isEmpty ?? true {
                guard let piece = try handOver.receive() else { return 0 }
                rest = piece[...]
            }
            guard let piece = rest else { return 0 }
            let front = piece.prefix(buffer.count)
            let count = front.withContiguousStorageIfAvailable { bytes in
                buffer.copyMemory(from: UnsafeRawBufferPointer(bytes))
                return bytes.count
            }
            if let count {
                rest = piece.dropFirst(count)
                return count
            }
            buffer.copyBytes(from: front)
            rest = piece.dropFirst(front.count)
            return front.count
        }
    }
}
