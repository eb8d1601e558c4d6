/// The content of a message (RFC 9580, section 5.9).
struct LiteralData {
    /// The content; the name and the date before it are not signed, and nothing is made of them.
    let content: ArraySlice<UInt8>

    /// Reads a packet's body.
    ///
    /// - Throws: `.malformed`.
    init(_ body: ArraySlice<UInt8>) throws(OpenPGPError) {
        var cursor = ByteCursor(body, "the literal data packet")
        let mode = try cursor.octet()
        guard "btu".utf8.contains(mode) else {
            throw OpenPGPError(.malformed, "the literal data packet is neither of bytes nor of text")
        }
        _ = try cursor.take(Int(try cursor.octet()))
        _ = try cursor.uint32()
        content = cursor.takeRest()
    }

    /// Whether each line ends in CR LF, as it must where text is signed.
    ///
    /// The signature would be over converted text otherwise, and the content not what was signed.
    var hasCanonicalLines: Bool {
        var previous: UInt8 = 0
        for byte in content {
            if byte == UInt8(ascii: "\n"), previous != UInt8(ascii: "\r") { return false }
            previous = byte
        }
        return true
    }
}
