import Foundation
import Synchronization

/// Asks the system's resolver, for those who want to know what it says; connections are made without this.
package enum NameResolution {
    /// The addresses of a host, in the resolver's order, each once.
    ///
    /// - Parameters:
    ///   - host: a name, or an address (an IPv6 address without brackets), which is its own answer.
    ///   - limit: how long the resolver may take; some take half a minute for a server that is silent.
    /// - Returns: the addresses, at least one.
    /// - Throws: `HTTPTransportError.unknownHost` when there are none, `.timedOut` when the resolver is silent.
    package static func addresses(of host: String, within limit: Duration) async throws(HTTPTransportError) -> [String]
    {
        let race = Race()
        let result = await withCheckedContinuation { continuation in
            race.start(continuation)
            // The resolver cannot be stopped; what it says too late is dropped. The queue is its own, so that nobody
            // else waits for it.
            DispatchQueue(label: "name resolution").async { race.end(lookUp(host)) }
            let milliseconds = Int((limit / .milliseconds(1)).rounded().clamped)
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { race.end(.silent) }
        }
        switch result {
        case .addresses(let addresses): return addresses
        case .failed(let reason):
            throw failure(.unknownHost, host, "is not known to the resolver (\(reason))")
        case .silent:
            throw failure(.timedOut, host, "was not resolved in time; check the DNS servers of this machine")
        }
    }

    private static func failure(
        _ code: HTTPTransportError.Code,
        _ host: String,
        _ reason: String
    ) -> HTTPTransportError {
        HTTPTransportError(code, request: "the name \(host)", host: host, reason: reason)
    }

    fileprivate enum Outcome: Sendable {
        case addresses([String])
        case failed(String)
        case silent
    }

    private static func lookUp(_ host: String) -> Outcome {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return .failed(String(cString: gai_strerror(code)).lowercased()) }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var entry = list
        while let current = entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                current.pointee.ai_addr,
                current.pointee.ai_addrlen,
                &text,
                socklen_t(text.count),
                nil,
                0,
                NI_NUMERICHOST
            )
            if status == 0 {
                let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !addresses.contains(address) { addresses.append(address) }
            }
            entry = current.pointee.ai_next
        }
        return addresses.isEmpty ? .failed("it has no address") : .addresses(addresses)
    }
}

/// Who comes first answers; the other finds nobody waiting.
private final class Race: Sendable {
    private let continuation = Mutex<CheckedContinuation<NameResolution.Outcome, Never>?>(nil)

    func start(_ continuation: CheckedContinuation<NameResolution.Outcome, Never>) {
        self.continuation.withLock { $0 = continuation }
    }

    func end(_ outcome: NameResolution.Outcome) {
        continuation.withLock { $0.take() }?.resume(returning: outcome)
    }
}

extension Double {
    /// Within what an hour of milliseconds is.
    fileprivate var clamped: Double { isFinite ? min(max(self, 0), 3_600_000) : 3_600_000 }
}
