/// One challenge of a `WWW-Authenticate` field.
///
/// https://www.rfc-editor.org/rfc/rfc9110.html#section-11.6.1
struct AuthChallenge: Hashable, Sendable {
    /// The scheme in lower case, `bearer` or `basic` as a rule.
    let scheme: String
    /// The parameters; names in lower case.
    let parameters: [String: String]

    /// All challenges of all fields, in order; what cannot be understood is left out.
    static func all(in values: [String]) -> [AuthChallenge] {
        values.flatMap { value in
            var parser = AuthChallengeParser(value)
            return parser.parse()
        }
    }
}

/// Reads the challenges of one field.
///
/// The comma separates challenges as well as parameters: a word with `=` behind it is a parameter, one without begins
/// the next challenge.
private struct AuthChallengeParser {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    mutating func parse() -> [AuthChallenge] {
        var challenges: [AuthChallenge] = []
        skip { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
        while !rest.isEmpty {
            let scheme = token()
            guard !scheme.isEmpty else {
                // Not a challenge: go on behind the next comma.
                skip { $0 != UInt8(ascii: ",") }
                skip { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
                continue
            }
            var parameters: [String: String] = [:]
            while true {
                let start = rest
                skip { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
                guard let (name, value) = parameter() else {
                    rest = start
                    break
                }
                // The first of two equal names wins: a later one cannot redirect a request.
                if parameters[name] == nil { parameters[name] = value }
            }
            skipToken68()
            challenges.append(AuthChallenge(scheme: scheme.lowercased(), parameters: parameters))
            skip { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
        }
        return challenges
    }

    private mutating func parameter() -> (String, String)? {
        let start = rest
        let name = token()
        skip(Self.isSpace)
        guard !name.isEmpty, rest.first == UInt8(ascii: "=") else {
            rest = start
            return nil
        }
        rest = rest.dropFirst()
        skip(Self.isSpace)
        if rest.first == UInt8(ascii: "\"") { return (name.lowercased(), quoted()) }
        let value = take { !Self.isSpace($0) && $0 != UInt8(ascii: ",") }
        // "abc==" is a token68, not a parameter with an empty value.
        guard !value.isEmpty, !value.hasPrefix("=") else {
            rest = start
            return nil
        }
        return (name.lowercased(), value)
    }

    private mutating func quoted() -> String {
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                bytes.append(escaped)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Skips credentials-like text behind a scheme, which no scheme of registries has.
    private mutating func skipToken68() {
        let start = rest
        skip(Self.isSpace)
        let text = take { Self.isToken68($0) }
        skip(Self.isSpace)
        if text.isEmpty || !(rest.isEmpty || rest.first == UInt8(ascii: ",")) { rest = start }
    }

    private mutating func token() -> String { take(Self.isTokenCharacter) }

    private mutating func take(_ belongs: (UInt8) -> Bool) -> String {
        let taken = rest.prefix(while: belongs)
        rest = rest[taken.endIndex...]
        return String(decoding: taken, as: UTF8.self)
    }

    private mutating func skip(_ belongs: (UInt8) -> Bool) { rest = rest.drop(while: belongs) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func isToken68(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-._~+/=".utf8.contains(byte) }
}
