import HTTPTransport
import NIOCore

/// Asks a token service for a token.
///
/// https://distribution.github.io/distribution/spec/auth/token/ for passwords and for nobody,
/// https://distribution.github.io/distribution/spec/auth/oauth/ for refresh tokens.
struct TokenRequest {
    private let key: TokenCache.Key
    private let realm: HTTPURL
    private let credential: Credential?

    init(_ key: TokenCache.Key, realm: HTTPURL, _ credential: Credential?) {
        self.key = key
        self.realm = realm
        self.credential = credential
    }

    /// The request.
    func request(inheritsInsecurity: Bool) -> HTTPRequest {
        if case .identityToken(let token)? = credential?.secret {
            // A refresh token is sent in a body, never in an address, which servers write into their logs.
            var form = [("grant_type", "refresh_token"), ("client_id", "ferry"), ("refresh_token", token)]
            if let service = key.service { form.append(("service", service)) }
            if !key.scopes.isEmpty { form.append(("scope", key.scopes.joined(separator: " "))) }
            let text = form.map { "\($0.0)=\(HTTPURL.queryEncoded($0.1))" }.joined(separator: "&")
            return HTTPRequest(
                .post,
                realm,
                fields: ["Content-Type": "application/x-www-form-urlencoded"],
                body: ByteBuffer(string: text),
                inheritsInsecurity: inheritsInsecurity
            )
        }
        var url = realm
        if let service = key.service { url = url.adding(query: "service", service) }
        for scope in key.scopes { url = url.adding(query: "scope", scope) }
        return HTTPRequest(
            .get,
            url,
            authorization: credential.flatMap(Authorizer.basic),
            inheritsInsecurity: inheritsInsecurity
        )
    }
}
