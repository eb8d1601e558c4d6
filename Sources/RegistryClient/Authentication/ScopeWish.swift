/// The scopes that a registry asks for in a challenge, besides those that are asked for anyway.
///
/// Registries that know a repository by another name (caches before others, groups of repositories) say here what tokens
/// must be for. Wider rights in what is asked for anyway are not taken up: a token is to be good for one thing.
///
/// https://distribution.github.io/distribution/spec/auth/token/#requesting-a-token
enum ScopeWish {
    /// How many are taken up, and how long one may be: a token for many things outgrows what servers take as a header.
    private static let maximumCount = 4
    private static let maximumLength = 512

    /// The scopes of a challenge that are about something else than `own`.
    static func others(in scope: String?, than own: [String]) -> [String] {
        let names = Set(own.map(name))
        var found: [String] = []
        for text in (scope ?? "").split(separator: " ").map(String.init) {
            guard text.utf8.count <= maximumLength, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
                text.split(separator: ":").count >= 3, !names.contains(name(text)), !found.contains(text)
            else { continue }
            found.append(text)
        }
        return Array(found.prefix(maximumCount))
    }

    /// Kind and name, without the actions.
    private static func name(_ scope: String) -> String {
        scope.lastIndex(of: ":").map { String(scope[..<$0]) } ?? scope
    }
}
