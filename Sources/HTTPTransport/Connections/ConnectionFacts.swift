import NIOCore
import NIOSSL

/// What is known of a connection when it has just been made.
package struct ConnectionFacts: Hashable, Sendable {
    /// The address and port of the other side, which is the proxy's when there is one; nil when the system gives none.
    package let remoteAddress: String?
    /// The version of TLS, such as `TLS 1.3`; nil for plain HTTP.
    package let tlsVersion: String?
    /// The server's own certificate in DER; nil for plain HTTP.
    package let certificate: [UInt8]?

    /// Joins the parts.
    package init(remoteAddress: String?, tlsVersion: String?, certificate: [UInt8]?) {
        self.remoteAddress = remoteAddress
        self.tlsVersion = tlsVersion
        self.certificate = certificate
    }

    /// Looks at a connection whose handshake is over; to be called on its event loop.
    init(_ channel: any Channel) {
        let address = channel.remoteAddress
        remoteAddress = address.flatMap { address in
            guard let ip = address.ipAddress, let port = address.port else { return address.pathname }
            return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
        }
        // Fails when there is no TLS, or for a certificate that cannot be shown: nothing depends on it.
        let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        tlsVersion = (handler?.tlsVersion).map(Self.name)
        certificate = try? handler?.peerCertificate?.toDERBytes()
    }

    private static func name(_ version: TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLS 1.0"
        case .tlsv11: "TLS 1.1"
        case .tlsv12: "TLS 1.2"
        case .tlsv13: "TLS 1.3"
        }
    }
}
