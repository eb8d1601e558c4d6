import Foundation
import HTTPTransport
import NIOCore
import OCIModel
import Synchronization

/// Identifies one registry's requests: remembers how the registry wants it, and gets and renews tokens.
final class Authorizer: Sendable {
    /// What the registry asked for last.
    private enum Method {
        case unknown
        case basic
        case bearer(realm: HTTPURL, service: String?)
    }

    private let registry: RegistryName
    private let transport: HTTPTransport
    private let credentials: CredentialStore
    private let tokens: TokenCache
    private let method = Mutex(Method.unknown)

    init(registry: RegistryName, transport: HTTPTransport, credentials: CredentialStore) {
        self.registry = registry
        self.transport = transport
        self.credentials = credentials
        tokens = TokenCache(now: transport.time.now)
    }

    /// The value of `Authorization` for a request; nil as long as the registry has asked for nothing.
    ///
    /// - Throws: `RegistryClientError`; `CancellationError`.
    func authorization(for access: RegistryAccess) async throws -> String? {
        switch method.withLock({ $0 }) {
        case .unknown: nil
        case .basic: try credentials.credential(for: registry, access.repository).flatMap(Self.basic)
        case .bearer(let realm, let service):
            try await bearer(realm: realm, service: service, access, rejected: nil)
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
            let realm = try realm(challenge, base)
            let service = challenge.parameters["service"]
            method.withLock { $0 = .bearer(realm: realm, service: service) }
            let token = rejected.flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
            return try await bearer(realm: realm, service: service, access, rejected: token)
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else {
            let schemes = challenges.map { "\"\($0.scheme.prefix(40))\"" }.joined(separator: ", ")
            throw unauthorized(
                access,
                "asks for \(schemes.isEmpty ? "credentials without saying which" : schemes), which is not supported; "
                    + identity(for: access)
            )
        }
        method.withLock { $0 = .basic }
        let credential = try credentials.credential(for: registry, access.repository)
        guard let credential, let value = Self.basic(credential) else {
            throw unauthorized(access, "asks for user name and password; \(identity(for: access))")
        }
        guard value != rejected else {
            throw unauthorized(access, "does not accept the \(credential); log in again or correct them")
        }
        return value
    }

    /// Whether tokens are given to everybody and there are no credentials for the registry as a whole.
    var isAnonymous: Bool {
        guard case .bearer = method.withLock({ $0 }) else { return false }
        do {
            return try credentials.credential(for: registry, nil) == nil
        } catch {
            return false  // there are some, in a place that cannot be read yet
        }
    }

    /// The credentials in use, as part of a sentence; never a secret.
    func identity(for access: RegistryAccess) -> String {
        do {
            if let credential = try credentials.credential(for: registry, access.repository) {
                return "the \(credential) were used"
            }
        } catch {
            return error.message
        }
        let searched = credentials.searched.joined(separator: ", ")
        return searched.isEmpty
            ? "no credentials were used"
            : "no credentials for it were found in \(searched): log in there, or name a file with --authfile"
    }

    private func realm(_ challenge: AuthChallenge, _ base: HTTPURL) throws -> HTTPURL {
        do {
            return try base.resolving(challenge.parameters["realm"] ?? "")
        } catch {
            throw unauthorized(.login, "names a token service whose address is malformed")
        }
    }

    private func bearer(
        realm: HTTPURL,
        service: String?,
        _ access: RegistryAccess,
        rejected: String?
    ) async throws -> String {
        let credential = try credentials.credential(for: registry, access.repository)
        let key = TokenCache.Key(
            realm: realm.text,
            service: service,
            scopes: access.scopes,
            account: credential?.origin
        )
        let token = try await tokens.token(for: key, rejected: rejected) {
            let requested = transport.time.now()
            let document = try await fetch(key, realm: realm, credential, access)
            return TokenCache.Token(document.token, requested: requested, lifetime: document.lifetime)
        }
        return "Bearer " + token
    }

    private func fetch(
        _ key: TokenCache.Key,
        realm: HTTPURL,
        _ credential: Credential?,
        _ access: RegistryAccess
    ) async throws -> TokenDocument {
        var request = TokenRequest(key, realm: realm, credential).request(
            inheritsInsecurity: transport.isInsecure(realm.origin)
        )
        request.sender = registry.origin
        let answer: HTTPAnswer
        do {
            answer = try await transport.collect(request, upTo: 1 << 20)
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(
                fault,
                .init(
                    registry: registry,
                    repository: access.repository,
                    subject: "token",
                    action: "get a token from \(realm.origin.authority)"
                )
            )
        }
        guard answer.isSuccess else {
            let text = RegistryErrorDocument(answer).text.map { ": \($0)" } ?? ""
            throw unauthorized(
                access,
                "needs a token, and its token service \(realm.origin.authority) answered \(answer.status)\(text); "
                    + identity(for: access),
                status: answer.status
            )
        }
        guard let document = TokenDocument(answer.bytes) else {
            throw unauthorized(access, "needs a token, and \(realm.origin.authority) answered with something else")
        }
        return document
    }

    private func unauthorized(_ access: RegistryAccess, _ problem: String, status: Int = 401) -> RegistryClientError {
        RegistryClientError(
            .unauthorized,
            registry: registry,
            repository: access.repository,
            subject: access.scopes.joined(separator: " "),
            status: status,
            message: "registry \(registry)\(access.repository.map { " (repository \($0))" } ?? "") \(problem)"
        )
    }

    static func basic(_ credential: Credential) -> String? {
        guard case .password(let user, let password) = credential.secret else { return nil }
        return "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }
}
