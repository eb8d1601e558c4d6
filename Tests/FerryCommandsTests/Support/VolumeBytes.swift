import Foundation
import Testing

/// Looks into volumes as files, without the code that made them.
enum VolumeBytes {
    /// Where the content of a member begins.
    ///
    /// - Parameters:
    ///   - name: the member's path, as its header has it.
    ///   - volume: the bytes of a volume.
    /// - Returns: the offset in bytes.
    /// - Throws: ``MissingMember``.
    static func content(of name: String, in volume: Data) throws -> Int {
        // The path stands at the beginning of a header block, ended by zero bytes.
        var search = volume.startIndex
        while let found = volume[search...].range(of: Data("\(name)\0".utf8)) {
            if found.lowerBound.isMultiple(of: 512) { return found.lowerBound + 512 }
            search = found.upperBound
        }
        throw MissingMember(name: name)
    }

    /// Flips one bit of a file.
    static func flip(at offset: Int, of path: String) throws {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { handle.closeFile() }
        try handle.seek(toOffset: UInt64(offset))
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data([byte ^ 0x10]))
    }

    struct MissingMember: Error {
        let name: String
    }
}
