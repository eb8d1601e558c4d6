/// Hides passwords that somebody has written into a reference (`user:password@host/…`), which is a mistake to be told
/// without telling the password.
enum CredentialMask {
    /// The text with each such password turned into as many asterisks, so that marks below it stay in place.
    ///
    /// A tag before a digest (`:v1@sha256:…`) and a port before a path look the same and are left alone.
    static func masked(_ text: String) -> String {
        guard text.contains("@") else { return text }
        let pattern = #/(?<user>[A-Za-z0-9._%+-]+):(?!//|\d{1,5}/)(?<password>[^@\s"']+)@(?!sha256:|sha512:)/#
        return text.replacing(pattern) { match in
            "\(match.user):\(String(repeating: "*", count: match.password.unicodeScalars.count))@"
        }
    }
}
