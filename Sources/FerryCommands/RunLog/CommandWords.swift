import Foundation

/// The words of a command line as they may be written down.
enum CommandWords {
    /// What is written in place of a secret.
    static let mark = "[hidden]"
    /// Parts of the names of options whose values are secret.
    private static let secretNames = ["user", "pass", "token", "secret", "cred"]
    /// Options with such names whose values are none: files.
    private static let plainNames: Set<String> = ["--user-file"]

    /// The words, with the values of secret options and the user info and queries of addresses hidden.
    static func withoutSecrets(_ words: [String]) -> [String] {
        var isSecretNext = false
        return words.map { word in
            defer { isSecretNext = isSecret(word) }
            if isSecretNext, !word.hasPrefix("--") { return mark }
            guard let equals = word.firstIndex(of: "="), word.hasPrefix("--") else { return withoutSecrets(in: word) }
            let name = word[..<equals]
            let value = String(word[word.index(after: equals)...])
            return "\(name)=" + (isSecret(String(name)) ? mark : withoutSecrets(in: value))
        }
    }

    /// One word, with the user info of an address and its query hidden.
    static func withoutSecrets(in word: String) -> String {
        guard let scheme = word.range(of: "://") else { return word }
        var rest = String(word[scheme.upperBound...])
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A file has neither user nor query, and its name may have any character.
        guard word[..<scheme.lowerBound].lowercased() != "file" else { return word }
        if let at = authority.lastIndex(of: "@") { rest = "\(mark)@" + rest[rest.index(after: at)...] }
        if let query = rest.firstIndex(of: "?") { rest = rest[..<query] + "?\(mark)" }
        return word[..<scheme.upperBound] + rest
    }

    /// Whether the value of an option is secret.
    private static func isSecret(_ word: String) -> Bool {
        guard word.hasPrefix("--"), !word.contains("="), !plainNames.contains(word) else { return false }
        return secretNames.contains { word.lowercased().contains($0) }
    }
}
