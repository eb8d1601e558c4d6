import Foundation

/// An IP address: 4 bytes or 16.
struct IPAddress: Hashable, Sendable {
    /// The bytes, in the order of the network; those of an IPv4 address that is written as IPv6 are 4.
    let bytes: [UInt8]

    /// Reads an address; nil for names and anything else.
    ///
    /// - Parameter text: dotted decimals, or IPv6 with or without brackets and zone.
    init?(_ text: some StringProtocol) {
        var text = String(text)
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        if let zone = text.firstIndex(of: "%") { text = String(text[..<zone]) }
        var (four, six) = ([UInt8](repeating: 0, count: 4), [UInt8](repeating: 0, count: 16))
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = four
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let isMapped = six[..<10].allSatisfy { $0 == 0 } && six[10] == 0xff && six[11] == 0xff
            bytes = isMapped ? Array(six[12...]) : six
        } else {
            return nil
        }
    }

    /// Whether it is in `127.0.0.0/8`, or `::1`.
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
}

/// A range of IP addresses in the notation of RFC 4632 and RFC 4291, such as `10.0.0.0/8`.
struct IPRange: Hashable, Sendable {
    private let base: IPAddress
    private let bits: Int

    /// Reads a range; nil for anything else.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPAddress(parts[0]), (1...3).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(parts[1]),
            bits <= base.bytes.count * 8
        else {
            return nil
        }
        self.base = base
        self.bits = bits
    }

    /// Whether an address of the same kind is in the range.
    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        let (whole, rest) = bits.quotientAndRemainder(dividingBy: 8)
        guard address.bytes[..<whole] == base.bytes[..<whole] else { return false }
        guard rest > 0 else { return true }
        return (address.bytes[whole] ^ base.bytes[whole]) >> UInt8(8 - rest) == 0
    }
}
