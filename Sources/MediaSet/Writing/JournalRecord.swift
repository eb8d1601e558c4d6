import OCIModel

/// One line of a set's journal.
///
/// Blobs are named by their index in the set, which the set's digest fixes.
struct JournalRecord: Codable, Equatable {
    /// The set manifest's digest, in the first line.
    var set: Digest?
    /// The blob that the line is about.
    var blob: Int?
    /// How many of its bytes were written, but perhaps not flushed.
    var at: Int64?
    /// Whether it is complete: verified, and on disk.
    var done: Bool?
    /// The SHA-256 of each of its members, where they are not the blob's digest.
    var sums: [String]?

    /// A hint line, written often and so without an encoder.
    static func hint(blob: Int, at offset: Int64) -> [UInt8] {
        Array("{\"at\":\(offset),\"blob\":\(blob)}\n".utf8)
    }

    /// The line.
    ///
    /// - Throws: `EncodingError`.
    func line() throws -> [UInt8] {
        try DocumentCoding.compact(self) + [UInt8(ascii: "\n")]
    }
}
