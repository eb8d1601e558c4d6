/// A regular expression, taken apart.
indirect enum PatternNode {
    /// Matches nothing, everywhere.
    case empty
    /// One character.
    case character(CharacterSet)
    /// A place between characters.
    case assertion(Assertion)
    /// One after the other.
    case sequence([PatternNode])
    /// One of several.
    case alternatives([PatternNode])
    /// So many times; without an upper bound when `maximum` is nil.
    case repeated(PatternNode, minimum: Int, maximum: Int?)

    /// A condition on a place in the text.
    enum Assertion {
        case textStart
        case textEnd
        case lineStart
        case lineEnd
        case wordBoundary
        case noWordBoundary
    }

    /// A set of characters.
    struct CharacterSet {
        /// A part of a set.
        enum Item {
            /// From one code point to another, both included.
            case range(ClosedRange<UInt32>)
            /// Any of several ranges.
            case anyOf([ClosedRange<UInt32>])
            /// Everything but some ranges.
            case outside([ClosedRange<UInt32>])
            /// The general categories whose two-letter name begins with a text; negated when `outside`.
            case category(String, outside: Bool)
        }

        /// The parts.
        var items: [Item]
        /// Whether the set holds all that the parts do not.
        var isNegated = false
        /// Whether upper and lower case are the same.
        var ignoresCase = false

        /// Whether a character is in the set.
        func contains(_ scalar: Unicode.Scalar) -> Bool {
            var isInside = items.contains { Self.holds($0, scalar) }
            if !isInside, ignoresCase {
                isInside = Self.otherCases(of: scalar).contains { other in items.contains { Self.holds($0, other) } }
            }
            return isInside != isNegated
        }

        private static func holds(_ item: Item, _ scalar: Unicode.Scalar) -> Bool {
            switch item {
            case .range(let range): range.contains(scalar.value)
            case .anyOf(let ranges): ranges.contains { $0.contains(scalar.value) }
            case .outside(let ranges): !ranges.contains { $0.contains(scalar.value) }
            case .category(let name, let outside): GeneralCategoryName.of(scalar).hasPrefix(name) != outside
            }
        }

        private static func otherCases(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
            [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
                .compactMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first : nil }
                .filter { $0 != scalar }
        }
    }
}

/// The two-letter names of Unicode's general categories.
enum GeneralCategoryName {
    /// The names that `\p{…}` may be given, with one letter for a group of them.
    static let all: Set<String> = [
        "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
    ]

    /// A character's category.
    static func of(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "-"
        @unknown default: "-"
        }
    }
}
