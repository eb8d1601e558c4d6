import Foundation
import Synchronization

/// The secrets that the program has in hand, so that none of them gets into a message by way of a server's text.
final class KnownSecrets: Sendable {
    private struct State {
        /// Passwords and such, in each form in which they are sent.
        var lasting: Set<String> = []
        /// The last tokens, oldest first.
        var tokens: [String] = []
    }

    /// Shorter ones are left alone: hardly a secret, and taken out of every word that has those letters.
    private static let shortest = 4
    /// How many tokens are kept in mind.
    private static let keptTokens = 512

    private let state = Mutex(State())

    init() {}

    /// Keeps a secret in mind.
    func add(_ secret: Credential.Secret) {
        switch secret {
        case .password(let user, let password):
            add(password)
            add(Data("\(user):\(password)".utf8).base64EncodedString())
        case .identityToken(let token), .registryToken(let token): add(token)
        }
    }

    /// Keeps a token in mind, as one of many.
    func add(token: String) {
        guard token.count >= Self.shortest else { return }
        state.withLock { state in
            state.tokens.append(token)
            if state.tokens.count > Self.keptTokens { state.tokens.removeFirst() }
        }
    }

    /// A text with each secret replaced by dots.
    func redacted(_ text: String) -> String {
        let (lasting, tokens) = state.withLock { ($0.lasting, $0.tokens) }
        var clean = text
        // The longest first: one may be a part of another.
        for secret in (Array(lasting) + tokens).sorted(by: { $0.count > $1.count }) where clean.contains(secret) {
            clean = clean.replacing(secret, with: "•••")
        }
        return clean
    }

    private func add(_ text: String) {
        guard text.count >= Self.shortest else { return }
        let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
        let loose = text.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed) ?? text
        let base64 = Data(text.utf8).base64EncodedString()
        state.withLock { $0.lasting.formUnion([text, encoded, loose, base64]) }
    }
}
