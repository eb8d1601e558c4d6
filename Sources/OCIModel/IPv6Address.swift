/// An IPv6 address in its text form, without brackets, zone or port.
///
/// https://www.rfc-editor.org/rfc/rfc4291#section-2.2
struct IPv6Address: Hashable, Sendable {
    /// The eight groups of 16 bits.
    let groups: [UInt16]

    /// Whether it is `::1`, however written, or a loopback address of IPv4 in its clothes.
    var isLoopback: Bool {
        switch groups.prefix(6) {
        case [0, 0, 0, 0, 0, 0]: groups[6] == 0 && groups[7] == 1
        case [0, 0, 0, 0, 0, 0xffff]: groups[6] >> 8 == 127
        default: false
        }
    }

    /// Parses an address; nil when the text is none.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let colon = UInt8(ascii: ":")
        // At most one "::" stands for as many zeros as are missing.
        let gap = bytes.indices.dropLast().first { bytes[$0] == colon && bytes[$0 + 1] == colon }
        guard let gap else {
            guard let groups = Self.groups(bytes[...], mayEndInIPv4: true), groups.count == 8 else { return nil }
            self.groups = groups
            return
        }
        guard let before = Self.groups(bytes[..<gap], mayEndInIPv4: false),
            let after = Self.groups(bytes[(gap + 2)...], mayEndInIPv4: true), before.count + after.count < 8
        else { return nil }
        groups = before + [UInt16](repeating: 0, count: 8 - before.count - after.count) + after
    }

    /// The groups between single colons; none for no text; nil when one is wrong.
    private static func groups(_ bytes: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt16]? {
        guard !bytes.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, let address = IPv4Address(part) {
                groups.append(UInt16(address.octets[0]) << 8 | UInt16(address.octets[1]))
                groups.append(UInt16(address.octets[2]) << 8 | UInt16(address.octets[3]))
                continue
            }
            guard (1...4).contains(part.count), part.allSatisfy(isHexDigit),
                let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

/// An IPv4 address of four decimal octets.
struct IPv4Address: Hashable, Sendable {
    /// The four octets.
    let octets: [UInt8]

    /// Parses `127.0.0.1` and its like; nil when the text is anything else.
    init?(_ text: some Collection<UInt8>) {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let octets = parts.compactMap { part -> UInt8? in
            guard part.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
            return UInt8(String(decoding: part, as: UTF8.self))
        }
        guard parts.count == 4, octets.count == 4 else { return nil }
        self.octets = octets
    }
}
