/// An absolute `http` or `https` address, with path and query kept byte for byte.
///
/// Registries hand out upload addresses whose query must come back unchanged, so nothing is decoded and encoded again;
/// only characters that may not stand in a URL at all are percent-encoded.
package struct HTTPURL: Hashable, Sendable {
    /// The two schemes.
    package enum Scheme: String, Sendable {
        case http
        case https

        /// The port that is meant when none is written.
        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// Where requests to the address go.
    package let origin: HTTPOrigin
    /// Path and query, beginning with `/`; the fragment is dropped.
    package let pathAndQuery: String
    /// Whether the port was written.
    let hasExplicitPort: Bool

    /// Joins the parts.
    ///
    /// - Parameters:
    ///   - scheme: the scheme.
    ///   - host: a host name or address, an IPv6 address without brackets.
    ///   - port: 1 to 65535; nil for the scheme's own.
    ///   - pathAndQuery: begins with `/`.
    package init(scheme: Scheme, host: String, port: Int?, pathAndQuery: String = "/") {
        origin = HTTPOrigin(scheme: scheme, host: host, port: port ?? scheme.defaultPort)
        self.pathAndQuery = Self.encoded(pathAndQuery)
        hasExplicitPort = port != nil
    }

    /// Parses an absolute URL.
    ///
    /// - Throws: `HTTPTransportError.invalidURL` for other schemes, user names, and what is no URL.
    package init(_ text: some StringProtocol) throws(HTTPTransportError) {
        guard let schemeEnd = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<schemeEnd.lowerBound].lowercased())
        else {
            throw HTTPTransportError.invalidURL(text, because: "it does not begin with http:// or https://")
        }
        let rest = text[schemeEnd.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else {
            throw HTTPTransportError.invalidURL("\(scheme)://…", because: "it carries a user name")
        }
        let (host, port) = try Self.hostAndPort(authority, of: text)
        var tail = String(rest[authority.endIndex...].prefix { $0 != "#" })
        if !tail.hasPrefix("/") { tail = "/" + tail }
        self.init(scheme: scheme, host: host, port: port, pathAndQuery: tail)
    }

    /// The path without the query.
    package var path: String { String(pathAndQuery.prefix { $0 != "?" }) }

    /// The query without its `?`; nil when there is none.
    package var query: String? {
        pathAndQuery.firstIndex(of: "?").map { String(pathAndQuery[pathAndQuery.index(after: $0)...]) }
    }

    /// The whole URL, which may hold secrets in its query: never log it, log the description.
    package var text: String { origin.description + pathAndQuery }

    /// The same host with another path.
    ///
    /// - Parameter pathAndQuery: begins with `/`.
    /// - Returns: the other URL.
    package func with(pathAndQuery: String) -> HTTPURL {
        HTTPURL(
            scheme: origin.scheme,
            host: origin.host,
            port: hasExplicitPort ? origin.port : nil,
            pathAndQuery: pathAndQuery
        )
    }

    /// The same URL with one more query item; name and value are percent-encoded where needed.
    package func adding(query name: String, _ value: String) -> HTTPURL {
        let item = "\(Self.queryEncoded(name))=\(Self.queryEncoded(value))"
        guard let query else { return with(pathAndQuery: pathAndQuery + "?" + item) }
        return with(pathAndQuery: pathAndQuery + (query.isEmpty || query.hasSuffix("&") ? "" : "&") + item)
    }

    /// Percent-encodes all but unreserved characters and `:`, `/`, which are harmless in a query.
    package static func queryEncoded(_ text: String) -> String {
        percentEncoded(text) { byte in
            isAlphanumeric(byte) || [0x2d, 0x2e, 0x5f, 0x7e, 0x3a, 0x2f].contains(byte)
        }
    }

    private static func encoded(_ text: String) -> String {
        // RFC 3986 allows these nowhere; everything else stays as it came.
        let forbidden: Set<UInt8> = Set("\"<>\\^`{|}".utf8)
        if text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !forbidden.contains($0) }) { return text }
        return percentEncoded(text) { (0x21...0x7e).contains($0) && !forbidden.contains($0) }
    }

    private static func percentEncoded(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isKept(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func hostAndPort(
        _ authority: some StringProtocol,
        of text: some StringProtocol
    ) throws(HTTPTransportError) -> (String, Int?) {
        var host = String(authority)
        var portText: String?
        if host.hasPrefix("[") {
            guard let close = host.firstIndex(of: "]") else {
                throw HTTPTransportError.invalidURL(text, because: "its IPv6 address does not end")
            }
            let rest = host[host.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw HTTPTransportError.invalidURL(text, because: "its port is malformed")
            }
            portText = rest.isEmpty ? nil : String(rest.dropFirst())
            host = String(host[..<close].dropFirst())
        } else if let colon = host.firstIndex(of: ":") {
            portText = String(host[host.index(after: colon)...])
            host = String(host[..<colon])
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ isAlphanumeric($0) || [0x2d, 0x2e, 0x5f, 0x3a].contains($0) })
        else {
            throw HTTPTransportError.invalidURL(text, because: "it names no host")
        }
        guard let portText, !portText.isEmpty else { return (host, nil) }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(portText),
            (1...65_535).contains(port)
        else {
            throw HTTPTransportError.invalidURL(text, because: "its port is not a number from 1 to 65535")
        }
        return (host, port)
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The URL without its query, which may hold signatures and upload states.
    package var description: String { origin.description + path }
}
