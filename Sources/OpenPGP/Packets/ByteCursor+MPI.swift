extension ByteCursor {
    /// The next number of many bits (RFC 9580, section 3.2), big-endian, the first byte not 0.
    ///
    /// - Parameter maximumBits: how long it may be.
    /// - Returns: its bytes.
    /// - Throws: `.malformed` when its bits are not as many as it says, when it is 0 or longer than that; the code for
    ///   shortage.
    mutating func number(maximumBits: Int) throws(OpenPGPError) -> [UInt8] {
        let bits = try uint16()
        guard bits <= maximumBits else {
            throw OpenPGPError(.malformed, "a number has \(bits) bits, where at most \(maximumBits) are possible")
        }
        let bytes = Array(try take((bits + 7) / 8))
        // Other writings of the same number would let a signature be changed without becoming wrong.
        guard let first = bytes.first, bytes.count * 8 - first.leadingZeroBitCount == bits else {
            throw OpenPGPError(.malformed, "a number has not the \(bits) bits that it says")
        }
        return bytes
    }
}
