import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// What goes wrong between this machine and a proxy, so that nobody looks for it at the server.
enum ProxyFault {
    /// Corrects what an error would mean on a direct connection.
    ///
    /// - Parameters:
    ///   - error: what the client threw.
    ///   - direct: code and reason as they would be without a proxy.
    ///   - proxy: the proxy on the way.
    ///   - origin: where the request was to go.
    /// - Returns: code and reason.
    static func verdict(
        _ error: any Error,
        _ direct: (HTTPTransportError.Code, String),
        _ proxy: ProxyAddress,
        _ origin: HTTPOrigin
    ) -> (HTTPTransportError.Code, String) {
        let place = "\(origin.host.contains(":") ? "[\(origin.host)]" : origin.host):\(origin.port)"
        switch error {
        case let error as HTTPClientError: return verdict(client: error, direct, proxy, place)
        case ChannelError.connectTimeout: return (.proxyUnreachable, silence(proxy))
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            return (.proxyUnreachable, "failed: \(proxy.title) cannot be reached: the name \(error.host) is not known")
        case is NIOConnectionError:
            return (.proxyUnreachable, "failed: \(proxy.title) cannot be reached: \(cause(direct.1))")
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode):
            return (.proxyUnreachable, "failed: \(proxy.title) cannot be reached: \(cause(direct.1))")
        default:
            return proxy.kind == .socks5
                ? SOCKSFault.verdict(error, direct, proxy, place) : (direct.0, "\(direct.1) (through \(proxy.title))")
        }
    }

    private static func verdict(
        client error: HTTPClientError,
        _ direct: (HTTPTransportError.Code, String),
        _ proxy: ProxyAddress,
        _ place: String
    ) -> (HTTPTransportError.Code, String) {
        switch error {
        case .proxyAuthenticationRequired: (.proxyRefused, refusedReason(proxy))
        case .invalidProxyResponse:
            (.tunnelRefused, "failed: \(proxy.title) does not let ferry through to \(place)")
        case .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            (
                .proxyUnreachable,
                "failed: \(proxy.title) took the connection, but did not lead on to \(place) within the time limit"
            )
        case .connectTimeout: (.proxyUnreachable, silence(proxy))
        default: (direct.0, "\(direct.1) (through \(proxy.title))")
        }
    }

    private static func silence(_ proxy: ProxyAddress) -> String {
        "failed: \(proxy.title) cannot be reached: no answer within the time limit"
    }

    /// The fault of an answer by which a proxy asks for other credentials; nil for all other answers.
    static func refusal(
        _ status: HTTPResponseStatus,
        _ route: ConnectionRoute,
        _ method: HTTPRequest.Method,
        _ url: HTTPURL
    ) -> HTTPTransportError? {
        guard route.endsAtProxy, let proxy = route.proxy, status == .proxyAuthenticationRequired else { return nil }
        return HTTPTransportError(.proxyRefused, method, url, reason: refusedReason(proxy))
    }

    private static func refusedReason(_ proxy: ProxyAddress) -> String {
        proxy.user == nil
            ? "failed: the proxy \(proxy) wants a user name and password (status 407), and the variable \(proxy.variable) "
                + "has none; write http://USER:PASSWORD@HOST:PORT there"
            : "failed: the proxy \(proxy) does not accept the user name and password that the variable "
                + "\(proxy.variable) has (status 407)"
    }

    /// What stands between parentheses: "failed: no connection (connection refused)".
    private static func cause(_ reason: String) -> String {
        guard let open = reason.firstIndex(of: "("), reason.hasSuffix(")") else { return reason }
        return String(reason[reason.index(after: open)...].dropLast())
    }
}
