import ImageStorage
import NIOCore

/// Gives one stream of a blob on in parts, so that a source stays open while a blob goes out in several requests.
///
/// Used by one task at a time, as the stream's contract says, which the compiler cannot see.
final class BlobParts: @unchecked Sendable {
    private let stream: BlobStream
    private var rest = ByteBuffer()
    /// The byte of the blob that comes next.
    private(set) var position: Int64

    /// Begins with a stream whose first byte is that of `offset`.
    init(_ stream: BlobStream, from offset: Int64) {
        self.stream = stream
        position = offset
    }

    /// Waits until the source has given something.
    ///
    /// - Throws: what the source throws.
    func prime() async throws {
        while rest.readableBytes == 0, let chunk = try await stream.next() { rest = chunk }
    }

    /// The bytes up to a place; nil for all there are, more than there should be included.
    func part(upTo end: Int64?) -> BlobStream {
        BlobStream { [self] in
            try await prime()
            let length = end.map { min($0 - position, Int64(rest.readableBytes)) } ?? Int64(rest.readableBytes)
            guard length > 0, let chunk = rest.readSlice(length: Int(length)) else { return nil }
            position += length
            return chunk
        }
    }
}
