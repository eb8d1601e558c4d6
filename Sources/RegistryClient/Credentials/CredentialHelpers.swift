import DispatchLanes
import Synchronization

/// An entry of a file that leaves the secret to a program.
struct HelperLead: Sendable {
    /// The parts of a file that name programs.
    enum Section: Sendable {
        /// A program for one key.
        case credHelpers
        /// The program for all registries.
        case credsStore
    }

    let helper: CredentialHelper
    /// What the program is asked for, in order.
    let addresses: [String]
    /// Where the entry is.
    let finding: CredentialFinding
    /// Which part of the file names the program.
    let section: Section
    /// Whether the file says that the program has a credential for this registry; else a failure of the program is no
    /// failure of the login.
    let isCertain: Bool

    /// What to do when the program fails, without the end of the sentence.
    var advice: String {
        let entry = section == .credsStore ? "credsStore" : "\"\(finding.entry.prefix(200))\" of credHelpers"
        return "install or repair \(helper.program), or remove \(entry) from \(finding.file)"
    }
}

/// Asks helper programs, each once for a registry, and remembers the answers while the program runs.
final class CredentialHelpers: Sendable {
    private struct Key: Hashable {
        let helper: CredentialHelper
        let addresses: [String]
    }

    private enum Answer {
        case secret(Credential.Secret)
        case none
        case failed(CredentialHelper.Problem)
    }

    private struct Known {
        var answer: Answer
        /// Until when it is not asked again, whatever is said about the answer.
        var notBefore: Duration
    }

    private struct State {
        var known: [Key: Known] = [:]
        var turns: [Key: AsyncSemaphore] = [:]
    }

    /// How long a failure counts, and a secret that was refused and given again.
    private static let pause = Duration.seconds(60)

    private let setup: CredentialHelper.Setup
    private let secrets: KnownSecrets
    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    /// Joins the parts.
    ///
    /// - Parameters:
    ///   - setup: how programs are run.
    ///   - secrets: told of every secret.
    ///   - now: the clock.
    init(_ setup: CredentialHelper.Setup, secrets: KnownSecrets, now: @escaping @Sendable () -> Duration) {
        self.setup = setup
        self.secrets = secrets
        self.now = now
    }

    /// The credential that a program has.
    ///
    /// - Parameters:
    ///   - lead: which program, and what for.
    ///   - refused: a secret that was not accepted: passwords of programs may have an end, so it is asked once more.
    /// - Returns: the credential, which may be the refused one once more; nil when the program has none.
    /// - Throws: `RegistryClientError.credentialHelperFailed`; `CancellationError`.
    func credential(_ lead: HelperLead, refused: Credential.Secret?) async throws -> Credential? {
        let key = Key(helper: lead.helper, addresses: lead.addresses)
        if let answer = usable(key, refused) { return try credential(answer, lead) }
        let turn = state.withLock { state in
            let turn = state.turns[key] ?? AsyncSemaphore(permits: 1)
            state.turns[key] = turn
            return turn
        }
        return try await turn.withPermit {
            // Another task may have asked while this one waited.
            if let answer = usable(key, refused) { return try credential(answer, lead) }
            let answer = try await ask(lead)
            remember(answer, key, refused)
            return try credential(answer, lead)
        }
    }

    /// What is known without asking.
    ///
    /// - Returns: where the credential comes from; nil when the program is known to have none.
    func finding(_ lead: HelperLead) -> CredentialFinding? {
        let key = Key(helper: lead.helper, addresses: lead.addresses)
        switch state.withLock({ $0.known[key] })?.answer {
        case nil: return lead.isCertain ? lead.finding : nil
        case .secret(let secret): return lead.finding.with(kind: secret.kind)
        case .failed: return lead.isCertain ? lead.finding : nil
        case .some(.none): return nil
        }
    }

    /// Why a program that may have had a credential could not be asked; nil when it could.
    func problem(_ lead: HelperLead) -> String? {
        let key = Key(helper: lead.helper, addresses: lead.addresses)
        guard case .failed(let problem)? = state.withLock({ $0.known[key] })?.answer else { return nil }
        return "\(lead.helper.program), which \(lead.finding.file) names, \(problem.text(hiding: secrets))"
    }

    private func usable(_ key: Key, _ refused: Credential.Secret?) -> Answer? {
        guard let known = state.withLock({ $0.known[key] }) else { return nil }
        let isInPause = now() < known.notBefore
        switch known.answer {
        case .secret(let secret) where secret == refused: return isInPause ? known.answer : nil
        case .failed: return isInPause ? known.answer : nil
        case .secret, .none: return known.answer
        }
    }

    private func remember(_ answer: Answer, _ key: Key, _ refused: Credential.Secret?) {
        var notBefore = Duration.zero
        switch answer {
        case .secret(let secret): if secret == refused { notBefore = now() + Self.pause }
        case .failed: notBefore = now() + Self.pause
        case .none: break
        }
        state.withLock { $0.known[key] = Known(answer: answer, notBefore: notBefore) }
    }

    private func ask(_ lead: HelperLead) async throws -> Answer {
        let end = setup.waiting(lead.helper.program)
        defer { end() }
        do {
            for address in lead.addresses {
                guard let secret = try await lead.helper.get(address, setup) else { continue }
                secrets.add(secret)
                return .secret(secret)
            }
            return .none
        } catch let problem as CredentialHelper.Problem {
            return .failed(problem)
        }
    }

    private func credential(_ answer: Answer, _ lead: HelperLead) throws -> Credential? {
        switch answer {
        case .none: return nil
        case .secret(let secret):
            return Credential(secret: secret, finding: lead.finding.with(kind: secret.kind))
        case .failed where !lead.isCertain: return nil
        case .failed(let problem):
            throw RegistryClientError.credentialHelperFailed(lead, problem.text(hiding: secrets))
        }
    }
}
