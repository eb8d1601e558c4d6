/// What a transport has done so far, for one host or for all.
package struct TransportCounters: Hashable, Sendable {
    /// How many requests were sent, each hop of a redirect and each try counted.
    package var requests: Int64 = 0
    /// How many tries were made because an earlier one failed.
    package var retries: Int64 = 0
    /// How many bytes of bodies were received.
    package var bytesReceived: Int64 = 0
    /// How many bytes of bodies were handed to connections.
    package var bytesSent: Int64 = 0

    /// Makes counters of zero.
    package init() {}

    /// The sums of two.
    package static func + (left: TransportCounters, right: TransportCounters) -> TransportCounters {
        var sum = left
        sum.requests += right.requests
        sum.retries += right.retries
        sum.bytesReceived += right.bytesReceived
        sum.bytesSent += right.bytesSent
        return sum
    }
}

/// Why requests wait before they are sent.
package enum RequestHold: Hashable, Sendable {
    /// The host has said that it accepts none until then.
    case usedUp
    /// So many may go per second: as the user wants it, as the host says, or as its refusals taught.
    case pace(perSecond: Double)
}

/// Something that happened in a transport, for logs, progress and tests.
package enum TransportEvent: Sendable {
    /// A connection was made, TLS included.
    case connected(ConnectionFacts)
    /// A request is about to be sent; one of the two below follows.
    case sent(host: String)
    /// A request was not answered.
    case unanswered(host: String)
    /// An answer began; the path is without query.
    case answered(method: HTTPRequest.Method, host: String, path: String, status: Int)
    /// A request failed and will be sent again after a pause.
    case retrying(HTTPTransportError, failures: Int, after: Duration)
    /// Requests to a host have to wait for so long, at least a second, although none of them has failed.
    case holding(host: String, for: Duration, RequestHold)
    /// A host says how many requests it will accept in a time so long that nothing is slowed down for it; told once.
    case allowance(RateAllowance, host: String)
}
