/// Scheme, host and port: what credentials are bound to.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The scheme.
    package let scheme: HTTPURL.Scheme
    /// The host in lower case, an IPv6 address without brackets.
    package let host: String
    /// The port.
    package let port: Int

    /// Joins the parts; the host is lower-cased.
    package init(scheme: HTTPURL.Scheme, host: String, port: Int) {
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }

    /// `host` or `host:port`, without the scheme's own port.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    /// Whether the host is this machine.
    package var isLoopback: Bool { Self.isLoopback(host: host) }

    /// `scheme://host[:port]`.
    package var description: String { "\(scheme.rawValue)://\(authority)" }

    /// Whether a host is `localhost`, `::1` or in `127.0.0.0/8`.
    package static func isLoopback(host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
