import ImageStorage
import NIOCore
import Testing

@Suite("Streams of a blob")
struct BlobStreamTests {
    private func collect(_ stream: BlobStream) async throws -> [String] {
        var chunks: [String] = []
        for try await chunk in stream { chunks.append(String(buffer: chunk)) }
        return chunks
    }

    @Test("Bytes in memory are one chunk, none when there are none")
    func memory() async throws {
        #expect(try await collect(BlobStream(ByteBuffer(string: "abc"))) == ["abc"])
        #expect(try await collect(BlobStream(ByteBuffer())).isEmpty)
    }

    @Test("A stream is read once: after its end there is nothing, and a second iterator goes on where it stands")
    func once() async throws {
        let stream = BlobStream(ByteBuffer(string: "abc"))
        #expect(try await collect(stream) == ["abc"])
        #expect(try await stream.next() == nil)
        #expect(try await collect(stream).isEmpty)

        let chunks = AsyncStream<ByteBuffer> { continuation in
            for text in ["a", "b", "c"] { continuation.yield(ByteBuffer(string: text)) }
            continuation.finish()
        }
        let other = BlobStream(chunks)
        #expect(try await other.next() == ByteBuffer(string: "a"))
        #expect(try await collect(other) == ["b", "c"])
    }

    @Test("What the source throws comes through")
    func errors() async {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await collect(BlobStream { throw Failure() }) }
    }

    @Test("An opener gives the stream from the offset, as often as it is asked")
    func opener() async throws {
        let opener = BlobOpener { offset, body in
            try await body(BlobStream(ByteBuffer(string: String("abcdef".dropFirst(Int(offset))))))
        }
        for (offset, expected) in [(0, "abcdef"), (4, "ef"), (0, "abcdef")] {
            try await opener.withStream(from: Int64(offset)) { stream in
                let chunk = try await stream.next()
                #expect(chunk == ByteBuffer(string: expected))
            }
        }
    }
}
