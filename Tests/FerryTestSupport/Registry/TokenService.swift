import Foundation
import RegistryServer
import Synchronization

/// A token service of a test, and the guard of the registry that it serves.
///
/// ```swift
/// let service = TokenService { $0.lifetime = .seconds(2); $0.accounts = [.init("ann", "secret")] }
/// try await withRegistry(behaviour: service.behaviour) { registry in … }
/// ```
///
/// Plays `/token` of the registry's own server; of another one when that server gets ``endpoint`` and ``Options/realm``
/// names it. Tokens are checked when a request begins: that they are known, not over, and good for what is asked.
///
/// https://distribution.github.io/distribution/spec/auth/token/
package final class TokenService: Sendable {
    private struct Given {
        let scopes: [TokenScope]
        let end: Duration
    }

    private struct State {
        var options: Options
        var given: [String: Given] = [:]
        var counts = Counts()
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Duration

    /// Makes a service with default options, as changed by `change`.
    ///
    /// - Parameters:
    ///   - now: the clock that tokens age by; that of the machine when nil.
    ///   - change: sets options.
    package init(now: (@Sendable () -> Duration)? = nil, _ change: (inout Options) -> Void = { _ in }) {
        var options = Options()
        change(&options)
        state = Mutex(State(options: options))
        let start = ContinuousClock.now
        self.now = now ?? { start.duration(to: .now) }
    }

    /// Plays the token service and guards the registry.
    package var behaviour: RegistryBehaviour { { self.isTokenRequest($0) ? self.token(for: $0) : self.guarded($0) } }

    /// Plays the token service alone, for another server than the registry's.
    package var endpoint: RegistryBehaviour { { self.isTokenRequest($0) ? self.token(for: $0) : nil } }

    /// What was asked so far.
    package var counts: Counts { state.withLock { $0.counts } }

    /// Changes the options for what comes.
    package func update(_ change: (inout Options) -> Void) { state.withLock { change(&$0.options) } }

    /// Makes all tokens that were given invalid.
    package func revokeTokens() { state.withLock { $0.given = [:] } }

    private func isTokenRequest(_ request: RegistryRequest) -> Bool { request.path.prefix { $0 != "?" } == "/token" }

    private func token(for request: RegistryRequest) -> Intervention {
        let asked = TokenQuestion(request)
        return state.withLock { state in
            state.counts.scopes.append(asked.scopes)
            state.counts.methods.append(request.method)
            let answer = Self.answer(asked, at: now(), &state)
            var made = Intervention.none
            made.answer = answer
            return made
        }
    }

    private static func answer(_ asked: TokenQuestion, at now: Duration, _ state: inout State) -> Intervention.Answer {
        let options = state.options
        let rights: [Right]
        switch asked.identity {
        case .nobody: rights = options.accounts.isEmpty ? [.all] : options.anonymousRights
        case .password(let text):
            guard let account = options.accounts.first(where: { "\($0.name):\($0.password)" == text }) else {
                return refuse(401, options, &state)
            }
            rights = account.rights
        case .refreshToken(let token):
            guard let account = options.accounts.first(where: { $0.refreshToken == token }) else {
                return refuse(401, options, &state)
            }
            rights = account.rights
        }
        if let status = asked.scopes.compactMap(options.fault).first { return refuse(status, options, &state) }
        let wanted = asked.scopes.compactMap { TokenScope($0) }
        let granted = wanted.map { $0.allowed(by: rights) }
        if let status = options.refusal, granted != wanted || (wanted.isEmpty && rights.isEmpty) {
            return refuse(status, options, &state)
        }
        state.counts.tokens += 1
        let text = "token-\(state.counts.tokens)\(options.tokenMark)"
        state.given[text] = Given(scopes: granted, end: now + options.lifetime)
        return Intervention.Answer(status: 200, body: options.document(text))
    }

    private static func refuse(_ status: Int, _ options: Options, _ state: inout State) -> Intervention.Answer {
        state.counts.refusals += 1
        return .error(status, code: status == 401 ? "UNAUTHORIZED" : "DENIED")
    }

    private func guarded(_ request: RegistryRequest) -> Intervention? {
        guard let route = request.route else { return nil }
        let needed = TokenScope.needed(by: request, route)
        return state.withLock { state in
            let presented = request.fields["authorization"].flatMap { field in
                field.hasPrefix("Bearer ") ? String(field.dropFirst("Bearer ".count)) : nil
            }
            var problem: String?
            if let presented {
                if let given = state.given[presented] {
                    if now() >= given.end {
                        problem = "invalid_token"
                        state.counts.expired += 1
                    } else if !needed.allSatisfy({ scope in given.scopes.contains { $0.covers(scope) } }) {
                        problem = "insufficient_scope"
                    } else {
                        return nil
                    }
                } else {
                    problem = "invalid_token"
                }
            }
            state.counts.unauthorized += 1
            let host = request.fields["host"] ?? ""
            var challenge = "Bearer realm=\"\(state.options.realm ?? "http://\(host)/token")\""
            challenge += ",service=\"\(state.options.service)\""
            if !needed.isEmpty { challenge += ",scope=\"\(needed.map(\.text).joined(separator: " "))\"" }
            if let problem { challenge += ",error=\"\(problem)\"" }
            var made = Intervention.none
            made.answer = .error(401, code: "UNAUTHORIZED", fields: ["WWW-Authenticate": challenge])
            return made
        }
    }
}
