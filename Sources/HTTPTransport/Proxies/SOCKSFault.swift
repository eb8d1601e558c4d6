import NIOSOCKS

/// What a SOCKS proxy has said against a connection.
enum SOCKSFault {
    /// What is said of logins, which the client has no way to send, as the end of a sentence.
    static let withoutLogin =
        "which ferry cannot give to a SOCKS proxy; name one there that needs none, or the http:// address of a proxy"

    /// Code and reason of what went wrong while a SOCKS proxy was asked to lead on.
    ///
    /// - Parameters:
    ///   - error: what the client threw.
    ///   - direct: code and reason for errors that come from elsewhere.
    ///   - proxy: the proxy.
    ///   - place: host and port that it was to lead to.
    /// - Returns: code and reason.
    static func verdict(
        _ error: any Error,
        _ direct: (HTTPTransportError.Code, String),
        _ proxy: ProxyAddress,
        _ place: String
    ) -> (HTTPTransportError.Code, String) {
        switch error {
        case is SOCKSError.NoValidAuthenticationMethod, is SOCKSError.InvalidAuthenticationSelection:
            (
                .proxyRefused,
                "failed: \(proxy.title) wants a user name and password, \(withoutLogin)"
            )
        case let error as SOCKSError.ConnectionFailed:
            (
                .tunnelRefused,
                "failed: \(proxy.title) does not let ferry through to \(place): it answered \(error.reply.value)"
                    + (meaning(error.reply).map { ", \($0)" } ?? "")
            )
        case is SOCKSError.InvalidProtocolVersion, is SOCKSError.InvalidReservedByte,
            is SOCKSError.InvalidAddressType, is SOCKSError.UnexpectedRead:
            (.invalidAnswer, "failed: \(proxy.title) does not speak SOCKS version 5; look at its scheme and port there")
        // The client's own word, private to it, for a handshake that ended before anything was said.
        case _ where "\(type(of: error))" == "NoResult":
            (.connectionClosed, "failed: \(proxy.title) closed the connection before it led on to \(place)")
        default: (direct.0, "\(direct.1) (through \(proxy.title))")
        }
    }

    /// Whether a proxy has said that its rules forbid a connection, so that asking again is of no use.
    static func isProhibition(_ error: (any Error)?) -> Bool {
        (error as? SOCKSError.ConnectionFailed)?.reply == .notAllowed
    }

    /// What RFC 1928, section 6, calls a reply; nil for one that it does not know.
    private static func meaning(_ reply: SOCKSServerReply) -> String? {
        switch reply {
        case .serverFailure: "general failure"
        case .notAllowed: "not allowed by its rules"
        case .networkUnreachable: "network unreachable"
        case .hostUnreachable: "host unreachable"
        case .refused: "connection refused"
        case .ttlExpired: "TTL expired"
        case .commandUnsupported: "command not supported"
        case .addressUnsupported: "kind of address not supported"
        default: nil
        }
    }
}
