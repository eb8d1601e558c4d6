/// Reads what follows a backslash in a regular expression and stands for characters.
struct PatternEscape {
    /// The expression.
    let scalars: [Unicode.Scalar]
    /// The place of the next character.
    private(set) var position: Int

    /// The sets that `[[:name:]]` names, ASCII only.
    static let namedClasses: [String: [ClosedRange<UInt32>]] = [
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A], "ascii": [0...0x7F],
        "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F], "digit": digits,
        "graph": [0x21...0x7E], "lower": [0x61...0x7A], "print": [0x20...0x7E],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "space": [0x09...0x0D, 0x20...0x20],
        "upper": [0x41...0x5A], "word": word, "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]
    private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    private static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    private static let space: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]

    /// Starts behind a backslash.
    init(scalars: [Unicode.Scalar], position: Int) {
        self.scalars = scalars
        self.position = position
    }

    /// Reads the escape.
    ///
    /// - Throws: `BlockPatternError` for an escape that RE2 does not have.
    mutating func item() throws(BlockPatternError) -> PatternNode.CharacterSet.Item {
        guard position < scalars.count else {
            throw BlockPatternError(message: "trailing backslash at the end of the expression")
        }
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "d": return .anyOf(Self.digits)
        case "D": return .outside(Self.digits)
        case "w": return .anyOf(Self.word)
        case "W": return .outside(Self.word)
        case "s": return .anyOf(Self.space)
        case "S": return .outside(Self.space)
        case "p", "P": return try category(isNegated: scalar == "P")
        case "a": return .range(7...7)
        case "f": return .range(12...12)
        case "n": return .range(10...10)
        case "r": return .range(13...13)
        case "t": return .range(9...9)
        case "v": return .range(11...11)
        case "x": return try hexadecimal()
        case "0"..."7":
            let second = position < scalars.count ? scalars[position] : " "
            guard scalar == "0" || ("0"..."7").contains(second) else {
                throw BlockPatternError(message: "back-references such as `\\\(scalar)` are not supported by RE2")
            }
            return octal(first: scalar)
        case "8", "9":
            throw BlockPatternError(message: "back-references such as `\\\(scalar)` are not supported by RE2")
        default:
            guard scalar.isASCII, !scalar.properties.isAlphabetic else {
                throw BlockPatternError(message: "invalid escape sequence: `\\\(scalar)`")
            }
            return .range(scalar.value...scalar.value)
        }
    }

    private mutating func octal(first: Unicode.Scalar) -> PatternNode.CharacterSet.Item {
        var value = first.value - 0x30
        for _ in 0..<2 where position < scalars.count && ("0"..."7").contains(scalars[position]) {
            value = value * 8 + scalars[position].value - 0x30
            position += 1
        }
        return .range(value...value)
    }

    private mutating func hexadecimal() throws(BlockPatternError) -> PatternNode.CharacterSet.Item {
        let start = position
        var digits = ""
        if position < scalars.count, scalars[position] == "{" {
            position += 1
            while position < scalars.count, scalars[position] != "}", digits.count < 9 {
                digits.unicodeScalars.append(scalars[position])
                position += 1
            }
            guard position < scalars.count, scalars[position] == "}" else {
                digits = ""
                return try badHexadecimal(start)
            }
            position += 1
        } else {
            digits = String(String.UnicodeScalarView(scalars[position..<min(position + 2, scalars.count)]))
            guard digits.unicodeScalars.count == 2 else { return try badHexadecimal(start) }
            position += 2
        }
        guard digits.allSatisfy({ $0.isASCII && $0.isHexDigit }), let value = UInt32(digits, radix: 16),
            value <= 0x10FFFF
        else {
            return try badHexadecimal(start)
        }
        return .range(value...value)
    }

    private func badHexadecimal(_ start: Int) throws(BlockPatternError) -> PatternNode.CharacterSet.Item {
        let text = String(String.UnicodeScalarView(scalars[start..<min(start + 10, scalars.count)]))
        throw BlockPatternError(
            message: "invalid escape sequence: `\\x\(text)`; `\\x7F` and `\\x{10FFFF}` are the forms"
        )
    }

    private mutating func category(isNegated: Bool) throws(BlockPatternError) -> PatternNode.CharacterSet.Item {
        var name = ""
        if position < scalars.count, scalars[position] == "{" {
            guard let close = scalars[position...].firstIndex(of: "}") else {
                throw BlockPatternError(message: "missing closing \"}\" after `\\p`")
            }
            name = String(String.UnicodeScalarView(scalars[position + 1..<close]))
            position = close + 1
        } else if position < scalars.count {
            name.unicodeScalars.append(scalars[position])
            position += 1
        }
        var isNegated = isNegated
        if name.hasPrefix("^") {
            isNegated.toggle()
            name.removeFirst()
        }
        if name == "Any" { return isNegated ? .outside([0...0x10FFFF]) : .range(0...0x10FFFF) }
        guard GeneralCategoryName.all.contains(name) else {
            throw BlockPatternError(
                message:
                    "`\\p{\(name.prefix(20))}` is not supported; general categories such as `\\p{L}` and `\\p{Nd}` are"
            )
        }
        return .category(name, outside: isNegated)
    }
}
