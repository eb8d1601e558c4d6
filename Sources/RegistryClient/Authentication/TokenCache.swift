import DispatchLanes
import HTTPTransport
import Synchronization

/// Holds bearer tokens and sees to it that each is asked for once at a time.
final class TokenCache: Sendable {
    /// What a token is for.
    struct Key: Hashable, Sendable {
        let realm: String
        let service: String?
        let scopes: [String]
        /// Where the credential came from; accounts do not share tokens.
        let account: String?
    }

    /// A token with its end.
    struct Token: Hashable, Sendable {
        let text: String
        /// When to get a new one, on the clock of the cache.
        let renewal: Duration

        /// A token that is renewed when a fifth of its life, at most 30 s, is left.
        ///
        /// - Parameters:
        ///   - text: the token.
        ///   - requested: when it was asked for, which is before the service began to count.
        ///   - lifetime: how long it is valid.
        init(_ text: String, requested: Duration, lifetime: Duration) {
            self.text = text
            renewal = requested + lifetime - min(lifetime / 5, .seconds(30))
        }
    }

    private struct State {
        var tokens: [Key: Token] = [:]
        var turns: [Key: AsyncSemaphore] = [:]
        /// How often asking failed, and how last.
        var failures: [Key: (count: Int, last: any Error)] = [:]
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Duration

    init(now: @escaping @Sendable () -> Duration) {
        self.now = now
    }

    /// Gives a valid token, from memory or by `fetch`.
    ///
    /// Those who wait for a fetch that fails share its failure: one after the other they would wait for hours for a
    /// service that does not answer. Those who come later ask again.
    ///
    /// - Parameters:
    ///   - key: what for.
    ///   - rejected: a token that the registry refused; it is not given again.
    ///   - fetch: asks the token service.
    /// - Returns: the token.
    /// - Throws: what `fetch` throws, in this call or in one that this call waited for; `CancellationError`.
    func token(
        for key: Key,
        rejected: String?,
        _ fetch: () async throws -> Token
    ) async throws -> String {
        if let token = valid(key, rejected) { return token }
        let (turn, failures) = state.withLock { state in
            let turn = state.turns[key] ?? AsyncSemaphore(permits: 1)
            state.turns[key] = turn
            return (turn, state.failures[key]?.count ?? 0)
        }
        return try await turn.withPermit {
            // Another task may have fetched one while this one waited.
            if let token = valid(key, rejected) { return token }
            if let failure = state.withLock({ $0.failures[key] }), failure.count > failures { throw failure.last }
            do {
                let token = try await fetch()
                state.withLock { $0.tokens[key] = token }
                return token.text
            } catch {
                if !(error is CancellationError) {
                    state.withLock { $0.failures[key] = (($0.failures[key]?.count ?? 0) + 1, error) }
                }
                throw error
            }
        }
    }

    /// Whether a token's time was over, as far as is known, so that it says nothing about rights when it is refused.
    func isOver(_ text: String, for key: Key) -> Bool {
        guard let token = state.withLock({ $0.tokens[key] }), token.text == text else { return true }
        return now() >= token.renewal
    }

    private func valid(_ key: Key, _ rejected: String?) -> String? {
        guard let token = state.withLock({ $0.tokens[key] }), token.text != rejected, now() < token.renewal else {
            return nil
        }
        return token.text
    }
}
