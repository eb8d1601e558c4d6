/// What to identify with at a registry, and where it was found.
package struct Credential: Sendable, CustomStringConvertible {
    /// The kinds of secrets.
    enum Secret: Sendable {
        /// User name and password, for Basic and for token requests.
        case password(user: String, password: String)
        /// An OAuth2 refresh token.
        case identityToken(String)
    }

    let secret: Secret
    /// File and entry; never the secret.
    package let origin: String

    /// Where it was found; the secret is not shown.
    package var description: String { "credentials from \(origin)" }
}
