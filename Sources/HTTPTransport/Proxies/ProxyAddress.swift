import Foundation

/// A proxy, with what it asks of its users; the password is shown nowhere.
package struct ProxyAddress: Hashable, Sendable {
    /// What is spoken with it.
    enum Kind: String, Sendable {
        /// HTTP: `CONNECT` for TLS, whole addresses for plain HTTP.
        case http
        /// SOCKS version 5 (RFC 1928), without user names; the proxy resolves the names of hosts.
        case socks5
    }

    /// User name and password, percent-decoded.
    struct User: Hashable, Sendable {
        let name: String
        let password: String
    }

    let kind: Kind
    let host: String
    let port: Int
    let user: User?
    /// The variable that names it.
    package let variable: String

    /// Reads the value of a variable: `[SCHEME://][USER:PASSWORD@]HOST[:PORT]`, the scheme `http` when there is none.
    ///
    /// The ports of a proxy without one are those that Go's tools take: 80, and 1080 for SOCKS.
    ///
    /// - Throws: `HTTPTransportError.invalidProxy`, which names the variable and holds nothing of its value but the
    ///   scheme.
    init(_ value: String, variable: String) throws(HTTPTransportError) {
        let text = value.filter { !$0.isNewline }.drop { $0 == " " }
        let schemeEnd = text.firstRange(of: "://")
        let scheme = schemeEnd.map { text[..<$0.lowerBound].lowercased() } ?? "http"
        guard let kind: Kind = ["http": .http, "socks5": .socks5, "socks5h": .socks5][scheme] else {
            throw Self.invalid(
                variable,
                // A value that is no address at all may hold anything, a password too.
                ["https", "socks4", "socks4a", "socks", "ftp"].contains(scheme)
                    ? "names a proxy that is spoken to by \(scheme)://; ferry knows http:// (also for TLS, which goes through "
                        + "it unchanged) and socks5://" : "begins with neither http:// nor socks5://"
            )
        }
        let rest = schemeEnd.map { text[$0.upperBound...] } ?? text
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !rest[authority.endIndex...].contains("@") else {
            throw Self.invalid(
                variable,
                "has a user name or password with characters that must be percent-encoded there, such as %2F for /, %3F "
                    + "for ? and %23 for #"
            )
        }
        let at = authority.lastIndex(of: "@")
        let place: HTTPURL
        do {
            place = try HTTPURL("http://\(at.map { authority[authority.index(after: $0)...] } ?? authority)")
        } catch {
            throw Self.invalid(variable, "is not the address of a proxy, which is http://[USER:PASSWORD@]HOST:PORT")
        }
        user = try at.map { authority[..<$0] }.flatMap { text throws(HTTPTransportError) in
            try Self.user(text, variable)
        }
        guard user == nil || kind == .http else {
            throw Self.invalid(variable, "has a user name, \(SOCKSFault.withoutLogin)")
        }
        self.kind = kind
        self.variable = variable
        host = place.origin.host
        port = place.hasExplicitPort || kind == .http ? place.origin.port : 1_080
    }

    private static func user(_ text: Substring, _ variable: String) throws(HTTPTransportError) -> User? {
        guard !text.isEmpty else { return nil }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        guard let name = text[..<colon].removingPercentEncoding,
            let password = text[colon...].dropFirst().removingPercentEncoding
        else {
            throw invalid(
                variable,
                "has a user name or password with a % that is not followed by two digits; write %25"
            )
        }
        return User(name: name, password: password)
    }

    static func invalid(_ variable: String, _ reason: String) -> HTTPTransportError {
        HTTPTransportError(.invalidProxy, request: "the variable \(variable)", host: "", reason: reason)
    }
}

extension ProxyAddress: CustomStringConvertible, CustomReflectable {
    /// Its address without user name and password.
    package var description: String {
        "\(kind.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Address and variable, for sentences.
    package var title: String { "the proxy \(self) (\(variable))" }

    /// Nothing: dumps would show the password.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
