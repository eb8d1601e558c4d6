/// A file's text, made ready so that the YAML library can read it without harm.
///
/// The library follows aliases while it composes nodes, and hashes whole keys; a few lines of nested aliases would keep
/// it busy for ever. Therefore every `*` is replaced by a character that the file does not have. It then reads aliases
/// as plain text, which ``YAMLTreeBuilder`` follows under a limit; in all other text the `*` is put back. For the same
/// reason a key that stands twice, where the library would stop, can be disguised and found again by its place.
struct YAMLText {
    /// The longest chain of brackets without closing ones.
    private static let maximumFlowDepth = 64
    /// How many private-use characters there are to choose from.
    private static let privateUse: ClosedRange<UInt32> = 0xE000...0xF8FF

    /// The text for the library.
    private(set) var text: String
    /// What stands for `*`.
    let star: Unicode.Scalar
    private var disguised: [SourceLocation: (key: String, substitute: String)] = [:]
    private let fillers: [Unicode.Scalar]

    /// Prepares text, without the byte order mark that may stand in front.
    ///
    /// - Returns: nil when the text has every private-use character there is.
    init?(_ text: String) {
        var free: [Unicode.Scalar] = []
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            free = Self.privateUse.suffix(64).compactMap { Unicode.Scalar($0) }
        } else {
            let used = Set(text.unicodeScalars.lazy.map(\.value).filter { Self.privateUse.contains($0) })
            free = Self.privateUse.lazy.filter { !used.contains($0) }.suffix(64).compactMap { Unicode.Scalar($0) }
        }
        guard let star = free.popLast(), !free.isEmpty else { return nil }
        self.star = star
        fillers = free
        var view = String.UnicodeScalarView()
        for (index, scalar) in text.unicodeScalars.enumerated() where index > 0 || scalar != "\u{FEFF}" {
            view.append(scalar == "*" ? star : scalar)
        }
        // The library keeps a pointer into the string, which small strings do not have.
        for _ in view.count..<max(view.count, 64) { view.append("\n") }
        self.text = String(view)
    }

    /// Puts each `*` back.
    func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(star) else { return text }
        var view = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { view.append(scalar == star ? "*" : scalar) }
        return String(view)
    }

    /// Replaces a key by as many characters that stand nowhere else.
    ///
    /// - Returns: Whether it could be done: the key's text must stand at the place, quoted or not.
    mutating func disguise(key: String, at location: SourceLocation) -> Bool {
        let letters = Array(key.unicodeScalars)
        guard !letters.isEmpty, disguised[location] == nil, let substitute = substitute(length: letters.count) else {
            return false
        }
        var scalars = Array(text.unicodeScalars)
        guard var index = Self.index(of: location, in: scalars), index < scalars.count else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index + letters.count <= scalars.count, scalars[index..<index + letters.count].elementsEqual(letters)
        else {
            return false
        }
        scalars.replaceSubrange(index..<index + letters.count, with: substitute)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        text = String(view)
        disguised[location] = (key, String(String.UnicodeScalarView(substitute)))
        return true
    }

    /// The keys that were disguised, with their places.
    var disguisedKeys: [(key: String, location: SourceLocation)] {
        disguised.map { (restored($0.value.key), $0.key) }
    }

    /// The key that was disguised at a place, or the text itself.
    func undisguised(_ text: String, at location: SourceLocation) -> String {
        guard let (key, substitute) = disguised[location], substitute == text else { return text }
        return key
    }

    /// A word for the next disguise: its number in base `fillers.count`, which differs for each one.
    private func substitute(length: Int) -> [Unicode.Scalar]? {
        var word: [Unicode.Scalar] = []
        var number = disguised.count
        for _ in 0..<length {
            word.append(fillers[number % fillers.count])
            number /= fillers.count
        }
        return number == 0 ? word : nil
    }

    private static func index(of location: SourceLocation, in scalars: [Unicode.Scalar]) -> Int? {
        var (line, column) = (1, 1)
        for (index, scalar) in scalars.enumerated() {
            if line == location.line, column == location.column { return index }
            switch scalar {
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                line += 1
                column = 1
            default: column += 1
            }
        }
        return nil
    }

    /// Finds nesting that the library must not be given.
    ///
    /// - Returns: The mistake, or nil when there is none.
    func structuralMistake() -> Diagnostic? {
        var depth = 0
        var line = 1
        for text in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            defer { line += 1 }
            let start = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "-") }
            guard let first = start.first, first != UInt8(ascii: "#") else { continue }
            let column = text.distance(from: text.startIndex, to: start.startIndex) + 1
            let second = start.dropFirst().first
            if first == UInt8(ascii: "?"), second.map({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) ?? true {
                return Diagnostic(
                    .error,
                    .complexKey,
                    at: SourceLocation(line: line, column: column),
                    message: "keys written with \"?\" are not supported",
                    help: "write the key as plain text, followed by a colon"
                )
            }
            guard let column = Self.tooDeep(start, depth: &depth) else { continue }
            return Diagnostic(
                .error,
                .nestingTooDeep,
                at: SourceLocation(line: line, column: text.distance(from: text.startIndex, to: column) + 1),
                message: "more than \(Self.maximumFlowDepth) brackets are open here"
            )
        }
        return nil
    }

    /// Counts the brackets of a line outside of quotes and comments.
    ///
    /// - Returns: Where they are nested too deep, or nil.
    private static func tooDeep(_ line: Substring.UTF8View.SubSequence, depth: inout Int) -> String.Index? {
        var index = line.startIndex
        var previous = UInt8(ascii: " ")
        while index < line.endIndex {
            let byte = line[index]
            let startsWord = previous == UInt8(ascii: " ") || "[{,:".utf8.contains(previous)
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            case UInt8(ascii: "#") where previous == UInt8(ascii: " "): return nil
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if startsWord, let end = line[line.index(after: index)...].firstIndex(of: byte) { index = end }
            default: break
            }
            guard depth <= maximumFlowDepth else { return index }
            previous = byte
            index = line.index(after: index)
        }
        return nil
    }
}
