/// The last 64 bits of a fingerprint, by which signatures name keys (RFC 9580, section 5.5.4).
struct KeyID: Hashable, Sendable, CustomStringConvertible {
    /// The bits as a number.
    let value: UInt64

    /// Takes the last eight bytes.
    init(_ bytes: some Collection<UInt8>) {
        value = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 16 upper-case hexadecimal digits.
    var description: String { Hexadecimal.text(of: (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }) }
}
