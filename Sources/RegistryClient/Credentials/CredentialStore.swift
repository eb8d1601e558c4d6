import DispatchLanes
import Foundation
package import OCIModel

/// The credentials of the files that were there when the program started, and of the programs that they name.
package struct CredentialStore: Sendable {
    /// No credentials at all.
    package static let none = CredentialStore(files: [], searched: [], environment: [:], helperLimit: .zero)

    private let files: [AuthFile]
    private let helpers: CredentialHelpers
    /// Everything that must not be shown.
    let secrets: KnownSecrets
    /// The files that were looked for, for messages.
    package let searched: [String]

    private init(
        files: [AuthFile],
        searched: [String],
        environment: [String: String],
        helperLimit: Duration,
        waiting: @escaping @Sendable (String) -> @Sendable () -> Void = { _ in {} }
    ) {
        self.files = files
        self.searched = searched
        secrets = KnownSecrets()
        for secret in files.flatMap(\.secrets) { secrets.add(secret) }
        let start = ContinuousClock.now
        helpers = CredentialHelpers(
            CredentialHelper.Setup(environment: environment, limit: helperLimit, waiting: waiting),
            secrets: secrets,
            now: { start.duration(to: .now) }
        )
    }

    /// Reads the authentication files of `podman`, `skopeo` and `docker`, each once; no program is run yet.
    ///
    /// - Parameters:
    ///   - authFile: the value of `--authfile`; it and `REGISTRY_AUTH_FILE` take the place of all other files.
    ///   - environment: the environment; helper programs get the same.
    ///   - root: the folder that stands for `/`; relative paths are left alone when it is `/`.
    ///   - userID: the user's number.
    ///   - helperLimit: how long a helper program may take.
    ///   - waiting: is told the name of a helper program when it is started; the result is called when it has ended.
    /// - Returns: the store.
    /// - Throws: `RegistryClientError.invalidCredentialFile` for a file that is malformed, too large or not readable,
    ///   and for a named file that is missing.
    package static func load(
        authFile: String?,
        environment: [String: String],
        root: String = "/",
        userID: UInt32,
        helperLimit: Duration = .seconds(30),
        waiting: @escaping @Sendable (String) -> @Sendable () -> Void = { _ in {} }
    ) async throws -> CredentialStore {
        let locations = CredentialLocations(explicit: authFile, environment: environment, userID: userID).all
        let lanes = DispatchLanes(label: "credentials", width: 1)
        let files = try await lanes.run {
            try locations.compactMap { location in
                try read(location, at: root == "/" ? location.path : root + "/" + location.path)
            }
        }
        return CredentialStore(
            files: files,
            searched: locations.map(\.path),
            environment: environment,
            helperLimit: helperLimit,
            waiting: waiting
        )
    }

    /// The credential for a repository: the first file that has one, and in it the longest key.
    ///
    /// Helper programs are asked once per registry; many tasks that want the same wait for one run.
    ///
    /// - Parameters:
    ///   - registry: the registry as references name it.
    ///   - repository: the repository; nil for the registry as a whole.
    ///   - refused: a credential that was not accepted; when a program gave it, it is asked once more.
    /// - Returns: the credential, which may be the refused one; nil when there is none.
    /// - Throws: `RegistryClientError.credentialHelperFailed` when an entry leaves this registry to a program that does
    ///   not answer as it should; `CancellationError`.
    package func credential(
        for registry: RegistryName,
        _ repository: RepositoryPath?,
        refused: Credential? = nil
    ) async throws -> Credential? {
        for lead in leads(registry, repository) {
            switch lead {
            case .credential(let credential): return credential
            case .helper(let helper):
                if let found = try await helpers.credential(helper, refused: refused?.secret) { return found }
            }
        }
        return nil
    }

    /// Where the credential for a repository comes from, as far as that is known without running a program.
    ///
    /// - Parameters:
    ///   - registry: the registry as references name it.
    ///   - repository: the repository; nil for the registry as a whole.
    /// - Returns: file, entry, program and kind; nil when there is no credential.
    package func finding(for registry: RegistryName, _ repository: RepositoryPath?) -> CredentialFinding? {
        for lead in leads(registry, repository) {
            switch lead {
            case .credential(let credential): return credential.finding
            case .helper(let helper): if let finding = helpers.finding(helper) { return finding }
            }
        }
        return nil
    }

    /// A text of somebody else's with every known secret replaced by dots.
    package func redacted(_ text: String) -> String { secrets.redacted(text) }

    /// Whether there are credentials for parts of a registry.
    func hasPartial(for registry: RegistryName) -> Bool {
        let host = CredentialKey.normalised(registry.text)
        return files.contains { $0.hasKeys(below: host) }
    }

    /// What to do about credentials that are not accepted.
    static let correction = "log in again or correct them"

    /// What to do about the programs that may have had a credential and could not be asked, each without the end of its
    /// sentence.
    package func helperAdvice(for registry: RegistryName, _ repository: RepositoryPath?) -> [String] {
        leads(registry, repository).compactMap { lead in
            guard case .helper(let helper) = lead, helpers.problem(helper) != nil else { return nil }
            return helper.advice
        }
    }

    /// What to do when no credential was found, as the end of a sentence.
    func remedy(for registry: RegistryName, _ repository: RepositoryPath?) -> String {
        (helperAdvice(for: registry, repository) + ["log in there", "name a file with --authfile"])
            .joined(separator: ", or ")
    }

    /// Why no credential was found: where was looked, which programs did not answer, and what to do.
    ///
    /// - Parameters:
    ///   - registry: the registry.
    ///   - repository: the repository; nil for the registry as a whole.
    ///   - purpose: what credentials were needed for.
    /// - Returns: the parts of the sentence.
    func absence(for registry: RegistryName, _ repository: RepositoryPath?, purpose: String = "it") -> UsedIdentity {
        guard !searched.isEmpty else { return UsedIdentity(text: "no credentials were used") }
        let problems = leads(registry, repository).compactMap { lead in
            if case .helper(let helper) = lead { helpers.problem(helper) } else { nil }
        }
        return UsedIdentity(
            text: "no credentials for \(purpose) were found" + problems.map { " (\($0))" }.joined(),
            advice: ": \(remedy(for: registry, repository))",
            searched: searched
        )
    }

    private func leads(_ registry: RegistryName, _ repository: RepositoryPath?) -> [AuthFile.Lead] {
        let keys = CredentialKey.candidates(for: registry, repository)
        return files.flatMap { $0.leads(keys) }
    }

    private static func read(_ location: CredentialLocations.Location, at path: String) throws -> AuthFile? {
        if let text = location.text {
            return try AuthFile(path: location.path, bytes: Data(text.utf8), isLegacy: location.isLegacy)
        }
        guard FileManager.default.fileExists(atPath: path) else {
            guard location.isRequired else { return nil }
            throw RegistryClientError.invalidCredentialFile(location.path, "does not exist")
        }
        let bytes: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }  // it was only read
            bytes = try handle.read(upToCount: AuthFile.maximumSize + 1) ?? Data()
        } catch {
            throw RegistryClientError.invalidCredentialFile(location.path, "cannot be read; check its permissions")
        }
        guard bytes.count <= AuthFile.maximumSize else {
            throw RegistryClientError.invalidCredentialFile(
                location.path,
                "is larger than \(AuthFile.maximumSize) bytes"
            )
        }
        // An empty file is what a tool that was interrupted leaves; others treat it as having no entries, too.
        if bytes.isEmpty { return nil }
        return try AuthFile(path: location.path, bytes: bytes, isLegacy: location.isLegacy)
    }
}
