package import HTTPTransport

/// What a registry says of itself before anybody has logged in: all that recognition goes by.
package struct RegistryFacts: Sendable {
    /// The host as references name it, in lower case, without port.
    package let host: String
    /// The status with which `/v2/` was answered.
    package let status: Int
    /// The header fields of that answer.
    package let fields: HTTPFields
    /// Whether `/v2/_zot/ext/mgmt` was answered as only zot does.
    package var hasZotExtension = false

    /// Joins the parts.
    package init(host: String, status: Int, fields: HTTPFields) {
        self.host = host.lowercased()
        self.status = status
        self.fields = fields
    }

    var challenges: [AuthChallenge] { AuthChallenge.all(in: fields.values(of: "www-authenticate")) }

    /// The way to log in that the registry asks for, as a sentence's part: `Bearer, tokens from https://…`.
    package var login: String? {
        let challenges = challenges
        if let realm = challenges.first(where: { $0.scheme == "bearer" })?.parameters["realm"] {
            // The query may hold anything.
            return "Bearer, tokens from \(realm.prefix { $0 != "?" }.prefix(200))"
        }
        if challenges.contains(where: { $0.scheme == "basic" }) { return "Basic" }
        return challenges.first.map { String($0.scheme.prefix(40)) }
    }
}
