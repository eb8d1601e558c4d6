import Foundation
import Subprocess

/// A program that keeps credentials, `docker-credential-NAME`.
///
/// https://github.com/docker/docker-credential-helpers#development
struct CredentialHelper: Hashable, Sendable {
    /// Why a program gave no answer.
    enum Problem: Error, Hashable {
        /// The name is none.
        case invalidName
        /// There is no such program.
        case notFound
        /// It did not answer in time.
        case timedOut(Duration)
        /// It ended in another way than it should; how, and with what it wrote to its standard error.
        case failed(end: String, errors: String)
        /// It answered with something else than a credential.
        case invalidAnswer(String)
        /// The system did not start it, for a reason.
        case notStarted(String)

        /// The problem as the second half of a sentence.
        func text(hiding secrets: KnownSecrets) -> String {
            switch self {
            case .invalidName: return "has a name that no program can have"
            case .notFound: return "is not in PATH"
            case .timedOut(let limit): return "did not answer within \(limit)"
            case .invalidAnswer(let text): return text
            case .notStarted(let reason): return "could not be run: \(reason)"
            case .failed(let end, let errors):
                let text = ServerText.printable(errors, hiding: secrets)
                return "failed (\(end))" + (text.map { ": \($0)" } ?? "")
            }
        }
    }

    /// How programs are run.
    struct Setup: Sendable {
        /// The environment that they get; their `PATH` is the one they are looked for in.
        var environment: [String: String]
        /// How long one may take.
        var limit: Duration
        /// Is told the program when it is started; the result is called when it has ended.
        var waiting: @Sendable (String) -> @Sendable () -> Void = { _ in {} }
    }

    /// What stands behind `docker-credential-` in a file.
    let name: String

    /// The largest answer, in bytes.
    private static let maximumAnswer = 64 << 10

    /// The program's whole name, for messages.
    var program: String { "docker-credential-" + String(name.prefix(100)) }

    private var isValid: Bool {
        !name.isEmpty && name.utf8.count <= 100
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "._-+".utf8.contains(byte)
            }
    }

    /// Asks for the credential of one address.
    ///
    /// - Returns: the secret; nil when the program has none.
    /// - Throws: `Problem`; `CancellationError`.
    func get(_ address: String, _ setup: Setup) async throws -> Credential.Secret? {
        guard isValid else { throw Problem.invalidName }
        let outcome = try await within(setup.limit) {
            do {
                return try await HelperRun.run(
                    program,
                    input: address + "\n",
                    environment: setup.environment,
                    upTo: Self.maximumAnswer
                )
            } catch let error as SubprocessError where error.code == .executableNotFound {
                throw Problem.notFound
            } catch let error as SubprocessError {
                try Task.checkCancellation()
                throw Problem.notStarted("\(error)")
            }
        }
        return try Self.secret(in: outcome)
    }

    private static func secret(in outcome: HelperRun.Outcome) throws -> Credential.Secret? {
        guard outcome.isSuccess else {
            // Helpers say it in words, on one channel or the other.
            let texts = [outcome.output, outcome.errors].map { String(decoding: $0, as: UTF8.self).lowercased() }
            if texts.contains(where: { $0.contains("credentials not found in native keychain") }) { return nil }
            // What it wrote to its standard output may hold the secret.
            throw Problem.failed(end: outcome.end, errors: String(decoding: outcome.errors, as: UTF8.self))
        }
        guard let output = outcome.output.count <= maximumAnswer ? outcome.output : nil else {
            throw Problem.invalidAnswer("answered with more than \(maximumAnswer) bytes")
        }
        let answer: HelperAnswer
        do {
            answer = try JSONDecoder().decode(HelperAnswer.self, from: Data(output))
        } catch {
            throw Problem.invalidAnswer("answered with something else than a credential")
        }
        guard let secret = answer.secret, !secret.isEmpty else { return nil }
        // https://github.com/docker/cli/blob/master/cli/config/credentials/native_store.go
        if answer.user == "<token>" { return .identityToken(secret) }
        guard let user = answer.user, !user.isEmpty else {
            throw Problem.invalidAnswer("answered with a secret and no user name")
        }
        return .password(user: user, password: secret)
    }

    private func within<Result: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else { throw Problem.timedOut(limit) }
            return result
        }
    }
}

/// What a helper answers.
private struct HelperAnswer: Decodable {
    private enum CodingKeys: String, CodingKey {
        case user = "Username"
        case secret = "Secret"
    }

    var user: String?
    var secret: String?
}
