import OCIModel
import OpenSSLCrypto

/// One line of an audit log as it stands in the file.
struct AuditLine: Sendable {
    /// The longest line that is looked into, in bytes; a record is far shorter.
    static let maximumBytes = 64 << 10

    /// Which line it is, from 1.
    let number: Int
    /// Its bytes without the line break; nil when it is longer than ``maximumBytes``.
    let bytes: [UInt8]?
    /// How many bytes it has without the line break.
    let length: Int64
    /// The SHA-256 of these bytes.
    let digest: Digest
    /// Whether a line break follows; only the last line of a file may have none.
    let isEnded: Bool

    /// What a record says of an unfinished line before it.
    var tornNote: String { "torn line of \(length) bytes" }

    /// Calls a function with each line of a file, in order; blocks.
    ///
    /// At most a line and a piece of the file are in memory.
    ///
    /// - Throws: `MediaSetError.fileSystem`; `OpenSSLError`; what `body` throws.
    static func forEach(in file: MediaFile, _ body: (AuditLine) throws -> Void) throws {
        var reader = try LineReader()
        var offset: Int64 = 0
        while true {
            let piece = try file.read(64 << 10, at: offset)
            if piece.isEmpty { break }
            offset += Int64(piece.count)
            var rest = piece[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                try reader.add(rest[..<end])
                try body(try reader.end(isEnded: true))
                rest = rest[(end + 1)...]
            }
            try reader.add(rest)
        }
        if reader.length > 0 { try body(try reader.end(isEnded: false)) }
    }

    /// Collects one line after the other.
    private struct LineReader: ~Copyable {
        private var number = 1
        private(set) var length: Int64 = 0
        private var bytes: [UInt8] = []
        private var hasher: ContentHasher

        init() throws {
            hasher = try ContentHasher()
        }

        mutating func add(_ piece: ArraySlice<UInt8>) throws {
            length += Int64(piece.count)
            try hasher.update(Array(piece))
            // One byte too many is enough to know that the line is too long.
            bytes += piece.prefix(max(0, AuditLine.maximumBytes + 1 - bytes.count))
        }

        mutating func end(isEnded: Bool) throws -> AuditLine {
            let digest = try hasher.copy().finish()
            let line = AuditLine(
                number: number,
                bytes: bytes.count <= AuditLine.maximumBytes ? bytes : nil,
                length: length,
                digest: digest,
                isEnded: isEnded
            )
            number += 1
            length = 0
            bytes = []
            hasher = try ContentHasher()
            return line
        }
    }
}
