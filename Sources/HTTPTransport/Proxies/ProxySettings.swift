/// Which proxy leads to which host.
package struct ProxySettings: Sendable {
    private let plain: Result<ProxyAddress, HTTPTransportError>?
    private let secure: Result<ProxyAddress, HTTPTransportError>?
    private let exceptions: ProxyExceptions

    /// No proxy at all.
    package static let none = ProxySettings(environment: [:])

    /// Takes what the environment says.
    ///
    /// `HTTPS_PROXY` is for TLS, `HTTP_PROXY` for plain HTTP, `ALL_PROXY` for both where there is no other; `NO_PROXY`
    /// lists exceptions. Of each, the name in lower case comes first, as in curl; empty variables do not count. A
    /// variable that cannot be understood is an error only when a host needs it.
    package init(environment: [String: String]) {
        func value(_ name: String) -> (name: String, value: String)? {
            for name in [name.lowercased(), name] {
                let value = (environment[name] ?? "").trimmed
                if !value.isEmpty { return (name, value) }
            }
            return nil
        }
        func proxy(_ name: String) -> Result<ProxyAddress, HTTPTransportError>? {
            (value(name) ?? value("ALL_PROXY")).map { found in
                Result { () throws(HTTPTransportError) in try ProxyAddress(found.value, variable: found.name) }
            }
        }
        plain = proxy("HTTP_PROXY")
        secure = proxy("HTTPS_PROXY")
        exceptions = ProxyExceptions(value("NO_PROXY")?.value ?? "")
    }

    /// The proxy that leads to a host; nil when the host is asked itself.
    ///
    /// - Throws: `HTTPTransportError.invalidProxy` when the variable that counts cannot be understood.
    package func proxy(for origin: HTTPOrigin) throws(HTTPTransportError) -> ProxyAddress? {
        guard let setting = origin.scheme == .https ? secure : plain, !exceptions.contains(origin) else { return nil }
        let proxy = try setting.get()
        // The length of a name is one byte in SOCKS.
        guard proxy.kind != .socks5 || origin.host.utf8.count <= 255 else {
            throw HTTPTransportError.invalidURL("\(origin.scheme.rawValue)://…", because: "its host is too long")
        }
        return proxy
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
