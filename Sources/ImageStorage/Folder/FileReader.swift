import Glibc
import NIOCore

/// Reads a range of a file in chunks; all calls block.
///
/// One consumer at a time. Two buffers take turns, so that a consumer that has let go of a chunk gets its memory back.
final class FileReader: @unchecked Sendable {
    /// The size of a chunk in bytes.
    static let chunkSize = 512 << 10

    private let file: OpenFile
    private let path: String
    private var range: Range<Int64>
    private var buffers = [ByteBuffer(), ByteBuffer()]
    private var turn = 0

    /// Starts at the lower end of a range.
    init(_ file: OpenFile, range: Range<Int64>, path: String) {
        self.file = file
        self.path = path
        self.range = range
    }

    /// The next chunk; nil at the end of the range.
    ///
    /// - Throws: `ImageStorageError.fileSystem`; `.sizeMismatch` when the file ends before the range.
    func next() throws -> ByteBuffer? {
        guard !range.isEmpty else { return nil }
        let count = Int(min(Int64(Self.chunkSize), Int64(range.count)))
        turn = 1 - turn
        // In place: a copy in a variable would make the memory shared, and every chunk a new allocation.
        buffers[turn].clear(minimumCapacity: count)
        let read = try file.read(into: &buffers[turn], count: count, at: range.lowerBound)
        guard read > 0 else {
            throw ImageStorageError(
                .sizeMismatch,
                subject: path,
                message: "\(path) ends at byte \(range.lowerBound), \(range.count) bytes are missing"
            )
        }
        range = (range.lowerBound + Int64(read))..<range.upperBound
        return buffers[turn]
    }
}
