/// What a scalar means under the rules of YAML 1.1 as oc-mirror's YAML library applies them.
///
/// https://yaml.org/type/; without base-60 numbers, and with dates as text.
enum YAMLScalarValue: Equatable {
    /// `null`, `~` or nothing.
    case null
    /// `true`, `yes`, `on`, `y` and their opposites.
    case bool(Bool)
    /// A whole number that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// Text.
    case string
    /// Something that has been reported as a mistake; it counts as absent without another message.
    case faulty

    private static let words: [String: YAMLScalarValue] = {
        var words: [String: YAMLScalarValue] = [:]
        for word in ["", "~", "null", "Null", "NULL"] { words[word] = .null }
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            words[word] = .bool(true)
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = .bool(false)
        }
        for word in [".nan", ".NaN", ".NAN"] { words[word] = .number(.nan) }
        for word in [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"] { words[word] = .number(.infinity) }
        for word in ["-.inf", "-.Inf", "-.INF"] { words[word] = .number(-.infinity) }
        return words
    }()

    /// Finds out what unquoted text without a tag means.
    init(plain text: String) {
        if let word = Self.words[text] {
            self = word
            return
        }
        guard let first = text.utf8.first, text.utf8.count <= 400 else {
            self = .string
            return
        }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            let digits = text.filter { $0 != "_" }
            if let integer = Self.integer(digits) {
                self = .integer(integer)
            } else if Self.isDecimal(digits) || Self.isPrefixedInteger(digits) {
                self = .number(Double(digits) ?? .infinity)
            } else {
                self = .string
            }
        case UInt8(ascii: "."):
            self = Self.isDecimal(text) ? .number(Double(text) ?? .infinity) : .string
        default:
            self = .string
        }
    }

    /// A whole number with an optional sign and base prefix; nil when it is none or does not fit.
    private static func integer(_ text: String) -> Int64? {
        let (sign, digits, radix) = split(text)
        guard isDigits(digits, radix: radix) else { return nil }
        return Int64(sign + digits, radix: radix)
    }

    /// Whether the text is a whole number with a base prefix, however large.
    private static func isPrefixedInteger(_ text: String) -> Bool {
        let (_, digits, radix) = split(text)
        return radix != 10 && isDigits(digits, radix: radix)
    }

    private static func split(_ text: String) -> (sign: String, digits: Substring, radix: Int) {
        var rest = Substring(text)
        var sign = ""
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? "-" : ""
            rest = rest.dropFirst()
        }
        let prefix = rest.prefix(2).lowercased()
        switch prefix {
        case "0x": return (sign, rest.dropFirst(2), 16)
        case "0o": return (sign, rest.dropFirst(2), 8)
        case "0b": return (sign, rest.dropFirst(2), 2)
        default:
            // A zero in front makes a number octal; "08" is then none and falls to the decimal fractions.
            return rest.count > 1 && rest.first == "0" ? (sign, rest.dropFirst(), 8) : (sign, rest, 10)
        }
    }

    private static func isDigits(_ text: Substring, radix: Int) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && $0.hexDigitValue.map { $0 < radix } ?? false }
    }

    /// Whether the text is digits with an optional sign, point and exponent.
    private static func isDecimal(_ text: String) -> Bool {
        var rest = Substring(text).utf8[...]
        func skipSign() {
            if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
                rest = rest.dropFirst()
            }
        }
        func skipDigits() -> Int {
            let before = rest.count
            rest = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return before - rest.count
        }
        skipSign()
        var digits = skipDigits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            digits += skipDigits()
        }
        guard digits > 0 else { return false }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            skipSign()
            guard skipDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
