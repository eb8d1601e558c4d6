/// The host of a registry with its optional port, as it stands at the start of an image reference.
///
/// Grammar: https://pkg.go.dev/github.com/distribution/reference ("domain"). Lower-case is not enforced (host names
/// are case-insensitive) but kept as written. IPv6 addresses stand in square brackets.
package struct RegistryName: Hashable, Sendable, Comparable {
    /// Docker Hub, the registry of references without a host.
    package static let dockerHub = RegistryName(unchecked: "docker.io")

    /// The longest host name, in characters.
    package static let maximumHostLength = 253

    /// The text as written: `host`, `host:port`, `[address]:port`.
    package let text: String

    /// Validates a host with an optional port.
    ///
    /// - Throws: `OCIModelError.invalidRegistry`.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let whole = Substring(text)
        let port = whole.hasPrefix("[") ? try Self.checkAddress(whole) : try Self.checkHost(whole)
        if let port {
            let isNumber = !port.isEmpty && port.utf8.allSatisfy(Self.isDigit)
            guard isNumber, let number = Int(port), (1...65_535).contains(number) else {
                throw Self.error(text, "has a port that is not a number from 1 to 65535")
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

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`, in whatever spelling.
    package var isLoopback: Bool {
        if text.hasPrefix("[") { return IPv6Address(host)?.isLoopback ?? false }
        let host = host.lowercased()
        return host == "localhost" || IPv4Address(host.utf8)?.octets[0] == 127
    }

    /// Orders by text.
    package static func < (left: RegistryName, right: RegistryName) -> Bool { left.text < right.text }
}

extension RegistryName {
    /// Checks `[address]` and returns what follows its colon.
    private static func checkAddress(_ whole: Substring) throws(OCIModelError) -> Substring? {
        guard let close = whole.firstIndex(of: "]") else {
            throw error(whole, "opens an IPv6 address with \"[\" and never closes it")
        }
        let rest = whole[whole.index(after: close)...]
        guard rest.isEmpty || rest.hasPrefix(":") else {
            throw error(whole, "has something other than \":port\" after its IPv6 address")
        }
        guard IPv6Address(whole[whole.index(after: whole.startIndex)..<close]) != nil else {
            throw error(whole, "is not an IPv6 address")
        }
        return rest.isEmpty ? nil : rest.dropFirst()
    }

    /// Checks a host name or IPv4 address and returns what follows its colon.
    private static func checkHost(_ whole: Substring) throws(OCIModelError) -> Substring? {
        let parts = whole.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let labels = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts[0].utf8.count <= maximumHostLength, labels.allSatisfy(isLabel) else {
            throw error(whole, "is not a host name")
        }
        return parts.count > 1 ? parts[1] : nil
    }

    private static func error(_ text: some StringProtocol, _ reason: String) -> OCIModelError {
        OCIModelError(.invalidRegistry, subject: text, reason: reason)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

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
    /// The text as written.
    package var description: String { text }
}
