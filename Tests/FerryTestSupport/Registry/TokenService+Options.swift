extension TokenService {
    /// What an account may do below a path.
    package struct Right: Hashable, Sendable {
        /// Everything.
        package static let all = Right(below: "", ["pull", "push", "delete", "*"])

        let path: String
        let actions: Set<String>

        /// Joins the parts.
        ///
        /// - Parameters:
        ///   - path: a repository or the beginning of several, up to a `/`; empty for all.
        ///   - actions: `pull`, `push`, `delete`; `*` for the catalog.
        package init(below path: String, _ actions: Set<String>) {
            self.path = path
            self.actions = actions
        }
    }

    /// Somebody whom the service knows.
    package struct Account: Hashable, Sendable {
        let name: String
        let password: String
        let refreshToken: String?
        let rights: [Right]

        /// Joins the parts.
        ///
        /// - Parameters:
        ///   - name: the user name.
        ///   - password: the password.
        ///   - refreshToken: an identity token that stands for the account, too.
        ///   - rights: what it may do.
        package init(_ name: String, _ password: String, refreshToken: String? = nil, rights: [Right] = [.all]) {
            self.name = name
            self.password = password
            self.refreshToken = refreshToken
            self.rights = rights
        }
    }

    /// How the service behaves.
    package struct Options: Sendable {
        /// Who may have tokens; when empty, everybody for everything.
        package var accounts: [Account] = []
        /// What those may who do not say who they are, when there are accounts.
        package var anonymousRights: [Right] = []
        /// How long tokens are valid.
        package var lifetime = Duration.seconds(300)
        /// The JSON text of `expires_in`; that of the lifetime in whole seconds when nil, no member when empty.
        package var statedLifetime: String?
        /// The text of `issued_at`; no member when nil.
        package var issuedAt: String?
        /// The address of the service; `/token` of the registry's own server when nil.
        package var realm: String?
        /// The name of the service.
        package var service = "ferry test"
        /// With which status tokens are refused that could not give all that is asked for; nil: they give less.
        package var refusal: Int?
        /// A status with which tokens for a scope are refused; nil for none.
        package var fault: @Sendable (String) -> Int? = { _ in nil }
        /// The end of the text of every token.
        package var tokenMark = ""

        func document(_ token: String) -> String {
            var members = ["\"token\":\"\(token)\""]
            let stated = statedLifetime ?? String(lifetime.components.seconds)
            if !stated.isEmpty { members.append("\"expires_in\":\(stated)") }
            if let issuedAt { members.append("\"issued_at\":\"\(issuedAt)\"") }
            return "{\(members.joined(separator: ","))}"
        }
    }

    /// What a service was asked.
    package struct Counts: Sendable {
        /// Tokens that were given.
        package internal(set) var tokens = 0
        /// Requests for tokens that were refused.
        package internal(set) var refusals = 0
        /// Requests to the registry that were answered 401.
        package internal(set) var unauthorized = 0
        /// Those of them that came with a token whose time was over.
        package internal(set) var expired = 0
        /// The scopes of each request for a token, in order.
        package internal(set) var scopes: [[String]] = []
        /// The method of each request for a token, in order.
        package internal(set) var methods: [String] = []
    }
}
