import Foundation
import HTTPTransport
import OCIModel
import Synchronization

/// Identifies one registry's requests: remembers how the registry wants it, and gets and renews tokens.
final class Authorizer: Sendable {
    /// A token service.
    struct Service: Hashable, Sendable {
        let realm: HTTPURL
        let name: String?
        /// Whether the registry that sends us there is trusted blindly.
        let inheritsInsecurity: Bool
    }

    /// What the registry asked for last.
    private enum Method {
        case unknown
        case basic
        case bearer(Service)
    }

    private struct State {
        var method = Method.unknown
        /// Scopes that the registry wants besides those that follow from the request.
        var wishes: [RegistryAccess: [String]] = [:]
    }

    let registry: RegistryName
    let transport: HTTPTransport
    let credentials: CredentialStore
    let tokens: TokenCache
    private let state = Mutex(State())

    init(registry: RegistryName, transport: HTTPTransport, credentials: CredentialStore) {
        self.registry = registry
        self.transport = transport
        self.credentials = credentials
        tokens = TokenCache(now: transport.time.now)
    }

    /// What must not be shown.
    var secrets: KnownSecrets { credentials.secrets }

    /// The value of `Authorization` for a request; nil as long as the registry has asked for nothing.
    ///
    /// - Throws: `RegistryClientError`; `CancellationError`.
    func authorization(for access: RegistryAccess) async throws -> String? {
        switch state.withLock({ $0.method }) {
        case .unknown: nil
        case .basic: try await credentials.credential(for: registry, access.repository).flatMap(Self.basic)
        case .bearer(let service): try await bearer(service, access, rejected: nil)
        }
    }

    /// The value of `Authorization` with which to repeat a request that was answered 401.
    ///
    /// - Parameters:
    ///   - fields: the answer's header fields.
    ///   - base: the registry.
    ///   - access: what the request needs.
    ///   - rejected: the value that was sent.
    /// - Returns: another value.
    /// - Throws: `RegistryClientError.unauthorized` when there is none; `CancellationError`.
    func renewed(
        after fields: HTTPFields,
        of base: HTTPURL,
        for access: RegistryAccess,
        rejected: String?
    ) async throws -> String {
        let challenges = AuthChallenge.all(in: fields.values(of: "www-authenticate"))
        if let challenge = challenges.first(where: { $0.scheme == "bearer" && $0.parameters["realm"] != nil }) {
            let service = try service(challenge, base)
            let others = ScopeWish.others(in: challenge.parameters["scope"], than: access.scopes)
            state.withLock { state in
                state.method = .bearer(service)
                if access.repository != nil, !others.isEmpty { state.wishes[access] = others }
            }
            return try await bearer(service, access, rejected: rejected.flatMap(Self.token))
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else {
            let schemes = challenges.map { "\"\(secrets.redacted(String($0.scheme.prefix(40))))\"" }
            throw unauthorizedAsUsed(
                access,
                "asks for \(schemes.isEmpty ? "credentials without saying which" : schemes.joined(separator: ", ")), "
                    + "which is not supported"
            )
        }
        state.withLock { $0.method = .basic }
        return try await basic(access, rejected: rejected)
    }

    /// Whether a token that was refused may have been good when it was put into the request.
    func wasOver(_ value: String?, for access: RegistryAccess) -> Bool {
        guard case .bearer(let service) = state.withLock({ $0.method }), let token = value.flatMap(Self.token) else {
            return false
        }
        return tokens.isOver(token, for: key(service, access, credentials.finding(for: registry, access.repository)))
    }

    /// Whether tokens are given to everybody and there are no credentials for the registry as a whole.
    var isAnonymous: Bool {
        guard case .bearer = state.withLock({ $0.method }) else { return false }
        return credentials.finding(for: registry, nil) == nil
    }

    /// Whether there are credentials for parts of the registry: those for all of it, if any, may be none that count.
    var isPartial: Bool { credentials.hasPartial(for: registry) }

    /// The credentials in use; never a secret.
    func identity(for access: RegistryAccess) -> UsedIdentity {
        var purpose: String?
        if case .bearer = state.withLock({ $0.method }), !access.scopes.isEmpty {
            purpose = "\"\(access.scopes.joined(separator: " "))\""
        }
        guard let finding = credentials.finding(for: registry, access.repository) else {
            return credentials.absence(for: registry, access.repository, purpose: purpose ?? "it")
        }
        return UsedIdentity(
            text: "the credentials from \(finding.origin) were used" + (purpose.map { " to ask for \($0)" } ?? "")
        )
    }

    /// What to ask a service for.
    func key(_ service: Service, _ access: RegistryAccess, _ finding: CredentialFinding?) -> TokenCache.Key {
        TokenCache.Key(
            realm: service.realm.text,
            service: service.name,
            scopes: access.scopes + state.withLock { $0.wishes[access] ?? [] },
            account: finding?.origin
        )
    }

    /// The error for a login that does not work.
    ///
    /// - Parameters:
    ///   - access: what was to be done.
    ///   - problem: what the registry wants or refuses, as the end of a sentence.
    ///   - advice: what to do about the login, with what joins it to the problem.
    ///   - places: where credentials were looked for, which comes last.
    ///   - status: the answer's status.
    /// - Returns: the error.
    func unauthorized(
        _ access: RegistryAccess,
        _ problem: String,
        advice: String = "",
        places: String = "",
        status: Int = 401
    ) -> RegistryClientError {
        let finding = "registry \(registry)\(access.repository.map { " (repository \($0))" } ?? "") \(problem)"
        return RegistryClientError(
            .unauthorized,
            registry: registry,
            repository: access.repository,
            subject: access.scopes.joined(separator: " "),
            status: status,
            message: finding + advice + places,
            finding: finding + places
        )
    }

    /// The same with the credentials that were used, or where they were looked for and what to do about it.
    func unauthorizedAsUsed(
        _ access: RegistryAccess,
        _ problem: String,
        status: Int = 401
    ) -> RegistryClientError {
        let used = identity(for: access)
        return unauthorized(
            access,
            "\(problem); \(used.text)",
            advice: used.advice,
            places: used.places,
            status: status
        )
    }

    static func basic(_ credential: Credential) -> String? {
        guard case .password(let user, let password) = credential.secret else { return nil }
        return "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    private static func token(_ value: String) -> String? {
        value.hasPrefix("Bearer ") ? String(value.dropFirst("Bearer ".count)) : nil
    }

    private func basic(_ access: RegistryAccess, rejected: String?) async throws -> String {
        var credential = try await credentials.credential(for: registry, access.repository)
        if let found = credential, Self.basic(found) == rejected {
            credential = try await credentials.credential(for: registry, access.repository, refused: found)
        }
        guard let credential else {
            throw unauthorizedAsUsed(access, "asks for user name and password")
        }
        guard let value = Self.basic(credential) else {
            throw unauthorized(
                access,
                "asks for user name and password, and the \(credential.finding) cannot be used for that"
            )
        }
        guard value != rejected else {
            throw unauthorized(access, "does not accept the \(credential)", advice: "; \(CredentialStore.correction)")
        }
        return value
    }

    /// The token service that a challenge names.
    ///
    /// - Throws: `RegistryClientError.unauthorized` when credentials must not be sent there.
    func service(_ challenge: AuthChallenge, _ base: HTTPURL) throws -> Service {
        let realm: HTTPURL
        do {
            realm = try base.resolving(challenge.parameters["realm"] ?? "")
        } catch {
            throw unauthorized(.login, "names a token service whose address is malformed")
        }
        let isInsecure = transport.isInsecure(base.origin) || transport.isInsecure(realm.origin)
        guard base.origin.scheme == .http || realm.origin.scheme == .https || isInsecure else {
            throw unauthorized(
                .login,
                "names a token service in plain HTTP, \(realm.origin), to which no credentials are sent; it is to "
                    + "be set up with https, or its verification turned off"
            )
        }
        return Service(realm: realm, name: challenge.parameters["service"], inheritsInsecurity: isInsecure)
    }
}
