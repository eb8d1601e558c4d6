import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Translates what the client, the sockets and TLS throw.
enum FaultClassifier {
    /// The error that callers see; `CancellationError` stays itself.
    ///
    /// - Parameters:
    ///   - error: what was thrown.
    ///   - method: the method of the request.
    ///   - url: where it was to go.
    ///   - proxy: what it was to go through.
    /// - Returns: the error.
    static func error(
        from error: any Error,
        _ method: HTTPRequest.Method,
        _ url: HTTPURL,
        via proxy: ProxyAddress? = nil
    ) -> any Error {
        if error is CancellationError || error is HTTPTransportError { return error }
        var (code, reason) = verdict(error)
        if let proxy { (code, reason) = ProxyFault.verdict(error, (code, reason), proxy, url.origin) }
        return HTTPTransportError(code, method, url, reason: reason, underlying: error)
    }

    private static func verdict(_ error: any Error) -> (HTTPTransportError.Code, String) {
        switch error {
        case is NoProgress:
            (.timedOut, "failed: the server neither sent nor took anything for too long")
        case let error as HTTPClientError: verdict(client: error)
        case let error as NIOConnectionError: verdict(connection: error)
        case let error as NIOSSLError: verdict(tls: error)
        case let error as BoringSSLError where isRefusedIdentity("\(error)"): refusedIdentity
        case let error as NIOSSLExtraError:
            if error == .failedToValidateHostname {
                (.certificateNotTrusted, wrongName)
            } else {
                (.tlsFailed, "failed: TLS error (\(error))")
            }
        case let error as HTTPParserError:
            if error == .invalidEOFState {
                (.connectionClosed, "failed: the server closed the connection in the middle of its answer")
            } else {
                (.invalidAnswer, "failed: the answer is not HTTP (\(error)); check host and port")
            }
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode):
            (.connectionFailed, "failed: no connection (\(text(of: error)))")
        case let error as IOError:
            (.connectionClosed, "failed: the connection broke (\(text(of: error)))")
        case ChannelError.connectTimeout:
            (.timedOut, "failed: no connection within the time limit")
        case is ChannelError:
            (.connectionClosed, "failed: the server closed the connection")
        default:
            (.connectionClosed, "failed: the connection broke (\(type(of: error)))")
        }
    }

    private static func verdict(client error: HTTPClientError) -> (HTTPTransportError.Code, String) {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout:
            (.timedOut, "failed: no connection within the time limit")
        case .deadlineExceeded: (.timedOut, "failed: no answer within the time limit")
        case .tlsHandshakeTimeout: (.timedOut, "failed: the TLS handshake did not end within the time limit")
        case .readTimeout, .writeTimeout: (.timedOut, "failed: the server sent nothing for too long")
        case .remoteConnectionClosed, .uncleanShutdown, .requestStreamCancelled, .cancelled:
            (.connectionClosed, "failed: the server closed the connection")
        // The client says this when it drops the rest of a body that the server has answered before it was there.
        case .bodyLengthMismatch:
            (.connectionClosed, "failed: the server ended the request before the whole body was sent")
        case .alreadyShutdown: (.shutDown, "failed: the program is shutting down")
        case .invalidURL, .emptyHost, .emptyScheme: (.invalidURL, "is not an address that can be asked")
        default: (.invalidAnswer, "failed: \(error.shortDescription)")
        }
    }

    private static func verdict(connection error: NIOConnectionError) -> (HTTPTransportError.Code, String) {
        guard !error.connectionErrors.isEmpty else {
            return (.unknownHost, "failed: the name \(error.host) is not known to the resolver")
        }
        let reasons = Set(
            error.connectionErrors.map { failure in
                switch failure.error {
                case is ChannelError: "no answer in time"
                case let error as IOError: text(of: error)
                default: String(describing: failure.error)
                }
            }
        )
        return (.connectionFailed, "failed: no connection (\(reasons.sorted().joined(separator: "; ")))")
    }

    /// What the system says; the error's own text names its system call, too.
    private static func text(of error: IOError) -> String {
        String(cString: strerror(error.errnoCode)).lowercased()
    }

    private static func verdict(tls error: NIOSSLError) -> (HTTPTransportError.Code, String) {
        let detail = String(describing: error)
        guard case .handshakeFailed = error else {
            return (.connectionClosed, "failed: the TLS connection broke")
        }
        if detail.contains("CERTIFICATE_VERIFY_FAILED") {
            return (
                .certificateNotTrusted,
                "failed: the certificate of the server is not signed by a trusted authority; "
                    + "name the authority's file, or switch verification off for this host"
            )
        }
        if isRefusedIdentity(detail) { return refusedIdentity }
        if detail.contains("WRONG_VERSION_NUMBER") || detail.contains("HTTP_REQUEST") {
            return (.notTLS, "failed: the port does not speak TLS")
        }
        return (.tlsFailed, "failed: the TLS handshake broke off")
    }

    /// Whether the server has sent an alert about our certificate; in TLS 1.3 it comes when the handshake is over.
    private static func isRefusedIdentity(_ detail: String) -> Bool {
        guard detail.contains("ALERT_") else { return false }
        return ["CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED"].contains { detail.contains("ALERT_\($0)") }
            || detail.contains("ALERT_BAD_CERTIFICATE") || detail.contains("ALERT_UNSUPPORTED_CERTIFICATE")
    }

    /// The reason of an error about a certificate that is good but for another host.
    static let wrongName = "failed: the certificate of the server is for another host name"

    private static let refusedIdentity: (HTTPTransportError.Code, String) = (
        .identityRefused,
        "failed: the server asks for a client certificate and accepts none that was sent to it"
    )
}
