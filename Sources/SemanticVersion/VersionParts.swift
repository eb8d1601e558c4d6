/// The parts of a version as they stand in its text, checked but not yet put in order.
struct VersionParts {
    /// One to three numbers.
    var numbers: [UInt64]
    /// The identifiers between `-` and `+`.
    var prerelease: [String]
    /// The identifiers after `+`.
    var build: [String]

    /// Which departures from the strict grammar are allowed.
    struct Leniency: OptionSet {
        let rawValue: UInt8

        /// A `v` may stand in front.
        static let prefix = Leniency(rawValue: 1)
        /// The minor and patch numbers may be missing.
        static let partial = Leniency(rawValue: 2)
        /// The numbers may have zeros in front.
        static let leadingZeros = Leniency(rawValue: 4)
    }

    /// Takes a version's text apart.
    ///
    /// - Throws: `SemanticVersionError` with the first mistake.
    init(_ text: some StringProtocol, leniency: Leniency = []) throws(SemanticVersionError) {
        guard text.utf8.count <= SemanticVersion.maximumLength else {
            throw SemanticVersionError(
                .tooLong,
                subject: text,
                reason: "is longer than a version's \(SemanticVersion.maximumLength) characters"
            )
        }
        var core = Substring(text)
        if leniency.contains(.prefix), core.hasPrefix("v") { core = core.dropFirst() }
        build = []
        if let plus = core.firstIndex(of: "+") {
            build = try Self.identifiers(core[core.index(after: plus)...], name: "build", in: text)
            core = core[..<plus]
        }
        prerelease = []
        if let dash = core.firstIndex(of: "-") {
            prerelease = try Self.identifiers(core[core.index(after: dash)...], name: "pre-release", in: text)
            core = core[..<dash]
            for identifier in prerelease where Self.isNumber(identifier) && Self.hasLeadingZero(identifier) {
                throw SemanticVersionError(
                    .leadingZero,
                    subject: text,
                    reason: "has the pre-release number \"\(identifier)\" with a zero in front"
                )
            }
        }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        guard leniency.contains(.partial) ? (1...3).contains(parts.count) : parts.count == 3 else {
            throw SemanticVersionError(
                .malformed,
                subject: text,
                reason: leniency.contains(.partial)
                    ? "is not a version: one to three numbers joined by dots are needed"
                    : "is not a version of the form X.Y.Z: three numbers joined by dots are needed"
            )
        }
        numbers = []
        for part in parts {
            numbers.append(try Self.number(part, allowsLeadingZeros: leniency.contains(.leadingZeros), in: text))
        }
    }

    private static func number(
        _ part: Substring,
        allowsLeadingZeros: Bool,
        in text: some StringProtocol
    ) throws(SemanticVersionError) -> UInt64 {
        guard isNumber(part) else {
            throw SemanticVersionError(
                .malformed,
                subject: text,
                reason: part.isEmpty
                    ? "is not a version: a number is missing" : "is not a version: \"\(part)\" is not a number"
            )
        }
        guard allowsLeadingZeros || !hasLeadingZero(part) else {
            throw SemanticVersionError(
                .leadingZero,
                subject: text,
                reason: "has the number \"\(part)\" with a zero in front"
            )
        }
        guard let number = UInt64(part) else {
            throw SemanticVersionError(.numberTooLarge, subject: text, reason: "has a number that does not fit 64 bits")
        }
        return number
    }

    private static func identifiers(
        _ text: Substring,
        name: String,
        in whole: some StringProtocol
    ) throws(SemanticVersionError) -> [String] {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        for part in parts {
            guard !part.isEmpty, part.utf8.allSatisfy({ isIdentifierByte($0) }) else {
                throw SemanticVersionError(
                    .malformed,
                    subject: whole,
                    reason:
                        "has an empty \(name) identifier or one with characters other than letters, digits and \"-\""
                )
            }
        }
        return parts.map { String($0) }
    }

    /// Whether the text is one or more ASCII digits.
    static func isNumber(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func hasLeadingZero(_ text: some StringProtocol) -> Bool {
        text.utf8.count > 1 && text.utf8.first == UInt8(ascii: "0")
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
