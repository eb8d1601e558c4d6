/// Why a request got no usable answer.
package struct HTTPTransportError: Error, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidURL
            case plainHTTPRefused
            case unknownHost
            case connectionFailed
            case connectionClosed
            case timedOut
            case certificateNotTrusted
            case tlsFailed
            case notTLS
            case invalidAnswer
            case status
            case redirectLimit
            case redirectRefused
            case bodyTooLarge
            case invalidTrustFile
            case invalidIdentity
            case identityRefused
            case invalidProxy
            case proxyUnreachable
            case proxyRefused
            case tunnelRefused
            case shutDown
        }

        private let value: Value

        /// Not an `http` or `https` URL.
        package static let invalidURL = Code(value: .invalidURL)
        /// A plain HTTP address of a host for which that is not allowed.
        package static let plainHTTPRefused = Code(value: .plainHTTPRefused)
        /// The name of the host could not be resolved.
        package static let unknownHost = Code(value: .unknownHost)
        /// No connection could be made.
        package static let connectionFailed = Code(value: .connectionFailed)
        /// The connection ended before the message did.
        package static let connectionClosed = Code(value: .connectionClosed)
        /// Nothing moved for the progress timeout, or connecting took too long.
        package static let timedOut = Code(value: .timedOut)
        /// The certificate is not valid for the host or not signed by a known authority.
        package static let certificateNotTrusted = Code(value: .certificateNotTrusted)
        /// TLS failed for another reason.
        package static let tlsFailed = Code(value: .tlsFailed)
        /// The port does not speak TLS.
        package static let notTLS = Code(value: .notTLS)
        /// The answer is not HTTP.
        package static let invalidAnswer = Code(value: .invalidAnswer)
        /// An answer with a status that asks for another try.
        package static let status = Code(value: .status)
        /// Too many redirects in a row.
        package static let redirectLimit = Code(value: .redirectLimit)
        /// A redirect to where requests must not go.
        package static let redirectRefused = Code(value: .redirectRefused)
        /// A body over the limit that the caller set.
        package static let bodyTooLarge = Code(value: .bodyTooLarge)
        /// A file of certificates that cannot be read.
        package static let invalidTrustFile = Code(value: .invalidTrustFile)
        /// A client's certificate and key that cannot be read or do not belong together.
        package static let invalidIdentity = Code(value: .invalidIdentity)
        /// The server asks for a certificate, and got none or one that it does not accept.
        package static let identityRefused = Code(value: .identityRefused)
        /// A variable that names a proxy and cannot be understood.
        package static let invalidProxy = Code(value: .invalidProxy)
        /// The proxy on the way to the host cannot be reached, or does not answer.
        package static let proxyUnreachable = Code(value: .proxyUnreachable)
        /// The proxy wants other credentials (status 407), or some that cannot be given to it (SOCKS).
        package static let proxyRefused = Code(value: .proxyRefused)
        /// The proxy does not let us through to the host; `status` is its answer, if that is known.
        package static let tunnelRefused = Code(value: .tunnelRefused)
        /// The transport has been shut down.
        package static let shutDown = Code(value: .shutDown)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// Method and address, without query.
    package let request: String
    /// The host that failed, with its port.
    package let host: String
    /// The status, for codes `status` and `tunnelRefused`.
    package let status: Int?
    /// How long the server asks to wait.
    package let retryAfter: Duration?
    /// How many tries were made.
    package var attempts: Int
    /// The cause as the second half of a sentence.
    package var reason: String
    /// What to do about it, a sentence without its end; nil when the transport knows nothing better than its callers.
    package var advice: String?
    /// The error below.
    package let underlying: (any Error)?

    init(
        _ code: Code,
        request: String,
        host: String,
        status: Int? = nil,
        retryAfter: Duration? = nil,
        reason: String,
        advice: String? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.request = request
        self.host = host
        self.status = status
        self.retryAfter = retryAfter
        self.attempts = 1
        self.reason = reason
        self.advice = advice
        self.underlying = underlying
    }

    init(_ code: Code, _ method: HTTPRequest.Method, _ url: HTTPURL, reason: String, underlying: (any Error)? = nil) {
        self.init(
            code,
            request: "\(method.rawValue) \(url)",
            host: url.origin.authority,
            reason: reason,
            underlying: underlying
        )
    }

    static func invalidURL(_ text: some StringProtocol, because reason: String) -> HTTPTransportError {
        HTTPTransportError(
            .invalidURL,
            request: String(text.prefix { $0 != "?" }.prefix(200)),
            host: "",
            reason: "is not an address that can be asked: \(reason)"
        )
    }

    /// Whether the same request may succeed when it is sent again.
    package var isRetryable: Bool {
        switch code {
        case .unknownHost, .connectionFailed, .connectionClosed, .timedOut, .tlsFailed, .status,
            .proxyUnreachable:
            true
        // What the proxy could not do now it may do later; what it forbids it goes on to forbid.
        case .tunnelRefused:
            status.map { HTTPTransport.retryableStatuses.contains($0) } ?? !SOCKSFault.isProhibition(underlying)
        default: false
        }
    }

    /// What happened, without what to do about it.
    package var finding: String { "\(request) \(reason)" + (attempts > 1 ? " (tried \(attempts) times)" : "") }

    /// One sentence, without query and credentials.
    package var description: String { finding + (advice.map { "; \($0)" } ?? "") }
}
