import DispatchLanes
import Synchronization

/// Remembers which scheme a port speaks; each port is asked once.
final class EndpointProbes: Sendable {
    private struct State {
        var probes = EndpointProbesState()
        var turns: [String: AsyncSemaphore] = [:]
    }

    private let state = Mutex(State())

    /// The scheme of a port, from memory or by `probe`, which runs once at a time per port.
    ///
    /// - Throws: what `probe` throws, in this call or in one that this call waited for; `CancellationError`.
    func scheme(
        of name: String,
        _ probe: () async throws -> HTTPURL.Scheme
    ) async throws -> HTTPURL.Scheme {
        let (visit, turn) = state.withLock { state in
            let turn = state.turns[name] ?? AsyncSemaphore(permits: 1)
            state.turns[name] = turn
            return (state.probes.visit(name), turn)
        }
        if let scheme = try state.withLock({ try $0.probes.result(for: visit) }) { return scheme }
        return try await turn.withPermit {
            if let scheme = try state.withLock({ try $0.probes.result(for: visit) }) { return scheme }
            do {
                let scheme = try await probe()
                state.withLock { $0.probes.found(scheme, at: name) }
                return scheme
            } catch let fault as HTTPTransportError {
                state.withLock { $0.probes.failed(fault, at: name) }
                throw fault
            }
        }
    }
}

/// What is known of ports.
///
/// Those who wait for a probe that fails share its failure: one after the other they would wait for hours for a port
/// that does not answer. Those who come later ask again.
struct EndpointProbesState {
    /// Somebody who wants to know, since a moment.
    struct Visit {
        fileprivate let name: String
        fileprivate let failures: Int
    }

    private var known: [String: HTTPURL.Scheme] = [:]
    private var failures: [String: (count: Int, last: HTTPTransportError)] = [:]

    /// Somebody comes.
    func visit(_ name: String) -> Visit { Visit(name: name, failures: failures[name]?.count ?? 0) }

    /// What is known now; nil when the port is to be asked.
    ///
    /// - Throws: the fault of a probe that ended after the visit began.
    func result(for visit: Visit) throws(HTTPTransportError) -> HTTPURL.Scheme? {
        if let scheme = known[visit.name] { return scheme }
        if let failure = failures[visit.name], failure.count > visit.failures { throw failure.last }
        return nil
    }

    /// A probe succeeded.
    mutating func found(_ scheme: HTTPURL.Scheme, at name: String) { known[name] = scheme }

    /// A probe failed.
    mutating func failed(_ fault: HTTPTransportError, at name: String) {
        failures[name] = (count: (failures[name]?.count ?? 0) + 1, last: fault)
    }
}
