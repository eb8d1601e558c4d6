/// What to identify with at a registry, and where it was found.
package struct Credential: Sendable, CustomStringConvertible {
    /// The kinds of secrets.
    enum Secret: Hashable, Sendable {
        /// User name and password, for Basic and for token requests.
        case password(user: String, password: String)
        /// An OAuth2 refresh token.
        case identityToken(String)
        /// A bearer token that the registry takes as it is.
        case registryToken(String)

        /// What it is, without the secret.
        var kind: CredentialFinding.Kind {
            switch self {
            case .password: .password
            case .identityToken: .identityToken
            case .registryToken: .registryToken
            }
        }
    }

    let secret: Secret
    /// File and entry; never the secret.
    package let finding: CredentialFinding

    /// File and entry as text; never the secret.
    package var origin: String { finding.origin }

    /// Where it was found; the secret is not shown.
    package var description: String { "credentials from \(origin)" }
}

/// Where the credential of a repository comes from, for messages and reports; holds no secret.
package struct CredentialFinding: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of credentials.
    package enum Kind: String, Sendable {
        /// User name and password.
        case password
        /// An OAuth2 refresh token (`identitytoken`).
        case identityToken
        /// A bearer token (`registrytoken`).
        case registryToken

        /// In words.
        package var words: String {
            switch self {
            case .password: "user name and password"
            case .identityToken: "identity token"
            case .registryToken: "registry token"
            }
        }
    }

    /// The file's path, or the variable as `$DOCKER_AUTH_CONFIG`.
    package let file: String
    /// The file's key, as written; for a file's general store of credentials (`credsStore`) the registry's address.
    package let entry: String
    /// The program that the file leaves the secret to, such as `docker-credential-pass`; nil for none.
    package let helper: String?
    /// What was found; nil as long as the program has not been asked.
    package let kind: Kind?

    /// File, entry and program.
    package var origin: String {
        "\(file), entry \"\(entry.prefix(200))\"" + (helper.map { ", by \($0)" } ?? "")
    }

    /// Kind, file, entry and program.
    package var description: String { "\(kind?.words ?? "credentials") from \(origin)" }

    func with(kind: Kind?) -> CredentialFinding {
        CredentialFinding(file: file, entry: entry, helper: helper, kind: kind)
    }
}
