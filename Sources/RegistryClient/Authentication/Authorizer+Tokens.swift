import HTTPTransport

extension Authorizer {
    /// The value of `Authorization` with a token that was not refused yet.
    ///
    /// - Parameters:
    ///   - service: who gives tokens.
    ///   - access: what it must be good for.
    ///   - rejected: the token that was refused.
    /// - Returns: the value.
    /// - Throws: `RegistryClientError`; `CancellationError`.
    func bearer(_ service: Service, _ access: RegistryAccess, rejected: String?) async throws -> String {
        let credential = try await credentials.credential(for: registry, access.repository)
        if case .registryToken(let token)? = credential?.secret {
            guard token != rejected else {
                throw unauthorized(access, "does not accept the \(identity(of: credential)); it may be too old")
            }
            return "Bearer " + token
        }
        let key = key(service, access, credential?.finding)
        let token = try await tokens.token(for: key, rejected: rejected) {
            let requested = transport.time.now()
            let document = try await fetch(key, service, credential, access)
            secrets.add(token: document.token)
            return TokenCache.Token(document.token, requested: requested, lifetime: document.lifetime)
        }
        return "Bearer " + token
    }

    private func identity(of credential: Credential?) -> String { credential.map { "\($0.finding)" } ?? "credentials" }

    /// Asks for a token, and once more when a program has another password than the one that was refused.
    private func fetch(
        _ key: TokenCache.Key,
        _ service: Service,
        _ credential: Credential?,
        _ access: RegistryAccess
    ) async throws -> TokenDocument {
        do {
            return try await fetchOnce(key, service, credential, access)
        } catch let error as RegistryClientError where error.code == .unauthorized && credential?.finding.helper != nil
        {
            let other = try await credentials.credential(for: registry, access.repository, refused: credential)
            guard let other, other.secret != credential?.secret else { throw error }
            return try await fetchOnce(key, service, other, access)
        }
    }

    private func fetchOnce(
        _ key: TokenCache.Key,
        _ service: Service,
        _ credential: Credential?,
        _ access: RegistryAccess
    ) async throws -> TokenDocument {
        let authority = service.realm.origin.authority
        var request = TokenRequest(key, realm: service.realm, credential).request(
            inheritsInsecurity: service.inheritsInsecurity
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
                    action: "get a token from \(authority)"
                )
            )
        }
        guard answer.isSuccess else {
            let text = RegistryErrorDocument(answer).text(hiding: secrets).map { ": \($0)" } ?? ""
            throw unauthorizedAsUsed(
                access,
                "needs a token\(Self.purpose(key)), and its token service \(authority) answered "
                    + "\(answer.status)\(text)",
                status: answer.status
            )
        }
        guard let document = TokenDocument(answer.bytes, date: answer.fields["date"]) else {
            throw unauthorized(access, "needs a token, and \(authority) answered with something else")
        }
        return document
    }

    private static func purpose(_ key: TokenCache.Key) -> String {
        key.scopes.isEmpty ? "" : " for \"\(key.scopes.joined(separator: " "))\""
    }
}
