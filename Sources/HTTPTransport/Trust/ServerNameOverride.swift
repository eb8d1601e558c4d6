/// A host whose certificate is issued for another name, as of an API server behind a load balancer.
package struct ServerNameOverride: Hashable, Sendable {
    /// The host that is connected to, in lower case; an IPv6 address without brackets.
    let host: String
    /// The name that is sent in the TLS handshake and must stand in the certificate, in lower case.
    let name: String

    /// Joins the two.
    ///
    /// - Throws: `HTTPTransportError.invalidURL` when `name` is no host name; addresses cannot be asked for in TLS.
    package init(host: String, name: String) throws(HTTPTransportError) {
        // Those characters that a URL may have in its host; "1.2.3.4" and "::1" are the addresses among them.
        let url = try HTTPURL("https://\(name)/")
        guard url.origin.host == name.lowercased(), !name.contains(":"),
            name.contains(where: { !$0.isNumber && $0 != "." })
        else {
            throw HTTPTransportError.invalidURL("https://\(name)/", because: "its host is not the name of a host")
        }
        self.host = host.lowercased()
        self.name = url.origin.host
    }

    /// The address of the same resource under the other name.
    func renamed(_ url: HTTPURL) -> HTTPURL {
        HTTPURL(scheme: url.origin.scheme, host: name, port: url.origin.port, pathAndQuery: url.pathAndQuery)
    }
}
