/// The host of a registry with its optional port, as it stands at the start of an image reference.
///
/// Grammar: https://pkg.go.dev/github.com/distribution/reference ("domain"). Lower-case is not enforced (host names
/// are case-insensitive) but kept as written. IPv6 addresses stand in square brackets.
package struct RegistryName: Hashable, Sendable, Comparable {
    /// Docker Hub, the registry of references without a host.
    package static let dockerHub = RegistryName(unchecked: "docker.io")

    /// The text as written: `host`, `host:port`, `[address]:port`.
    package let text: String

    /// Validates a host with an optional port.
    ///
    /// - Throws: `OCIModelError.invalidRegistry`.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let host: Substring
        let port: Substring?
        let whole = Substring(text)
        if whole.hasPrefix("[") {
            guard let close = whole.firstIndex(of: "]") else {
                throw OCIModelError(.invalidRegistry, subject: text, reason: "opens an IPv6 address with \"[\" and never closes it")
            }
            host = whole[whole.index(after: whole.startIndex)..<close]
            let rest = whole[whole.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw OCIModelError(.invalidRegistry, subject: text, reason: "has something other than \":port\" after its IPv6 address")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard !host.isEmpty, host.utf8.allSatisfy({ Self.isAddressCharacter($0) }) else {
                throw OCIModelError(.invalidRegistry, subject: text, reason: "is not an IPv6 address")
            }
        } else {
            let parts = whole.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            port = parts.count > 1 ? parts[1] : nil
            let labels = host.split(separator: ".", omittingEmptySubsequences: false)
            guard labels.allSatisfy({ Self.isLabel($0) }) else {
                throw OCIModelError(.invalidRegistry, subject: text, reason: "is not a host name")
            }
        }
        if let port {
            guard let number = Int(port), port.utf8.allSatisfy({ Self.isDigit($0) }), (1...65_535).contains(number) else {
                throw OCIModelError(.invalidRegistry, subject: text, reason: "has a port that is not a number from 1 to 65535")
            }
        }
        self.text = String(text)
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// The host without port and without the brackets of an IPv6 address.
    package var host: String {
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<close])
        }
        return String(text.prefix { $0 != ":" })
    }

    /// The port, when one was written.
    package var port: Int? {
        let rest = text.hasPrefix("[") ? text.drop { $0 != "]" } : Substring(text)
        guard let colon = rest.lastIndex(of: ":") else { return nil }
        return Int(rest[rest.index(after: colon)...])
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    package var isLoopback: Bool {
        let host = host.lowercased()
        return host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Orders by text.
    package static func < (left: RegistryName, right: RegistryName) -> Bool { left.text < right.text }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isAddressCharacter(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20) || byte == UInt8(ascii: ":")
            || byte == UInt8(ascii: ".")
    }

    private static func isLabel(_ label: Substring) -> Bool {
        let bytes = label.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        let isAlphanumeric = { (byte: UInt8) in
            isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}

extension RegistryName: CustomStringConvertible {
    package var description: String { text }
}
