/// Foreign text made fit for one line of a terminal.
enum LineText {
    /// The text with every control character, line break and direction mark replaced by a space.
    ///
    /// Names and reasons come from registries: they must not move the cursor or fake another line.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { safe.append(isUnsafe(scalar) ? " " : scalar) }
        return String(safe)
    }

    /// How many columns a text takes at most: one for each ASCII character, two for any other.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) }
    }

    /// The text, cut with `...` at its end if it is wider than a number of columns.
    static func fitted(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        let mark = String(repeating: ".", count: min(3, max(0, columns)))
        var rest = columns - mark.count
        let kept = text.prefix { character in
            rest -= width(String(character))
            return rest >= 0
        }
        return kept + mark
    }

    /// The text with spaces after it up to a number of columns.
    static func padded(_ text: String, to columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(text)))
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
