import HTTPTransport
import NIOPosix
import Synchronization

extension DoctorSettings {
    /// Runs a body with connections of its own, for one host under examination.
    ///
    /// - Parameters:
    ///   - configuration: how the host is reached.
    ///   - body: gets the transport, the record of its connections, and a log whose time begins now.
    /// - Returns: what the body returns.
    /// - Throws: `HTTPTransportError` for certificates that cannot be read; what the body throws.
    func withTransport<Result: Sendable>(
        _ configuration: HTTPTransportConfiguration,
        _ body: @Sendable (HTTPTransport, ConnectionRecord, CheckLog) async throws -> Result
    ) async throws -> Result {
        let connections = ConnectionRecord()
        let start = ContinuousClock.now
        let log = CheckLog(now: { start.duration(to: .now) })
        return try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            observer: { event in
                connections.note(event, at: log.now())
                reporting.note(event)
            }
        ) { transport in
            defer { reporting.note(transport) }
            return try await body(transport, connections, log)
        }
    }
}

/// Remembers the last connection that was made.
final class ConnectionRecord: Sendable {
    private let last = Mutex<(facts: ConnectionFacts, moment: Duration)?>(nil)

    /// Takes an event of the transport.
    func note(_ event: TransportEvent, at moment: Duration) {
        guard case .connected(let facts) = event else { return }
        last.withLock { $0 = (facts, moment) }
    }

    /// The last connection, and when it was there.
    var connection: (facts: ConnectionFacts, moment: Duration)? { last.withLock { $0 } }
}
