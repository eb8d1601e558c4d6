import Yams

/// Reads the first document of a YAML text.
enum YAMLDocument {
    /// How many keys that stand twice are found one by one in a small file; each one costs another reading.
    private static let maximumDisguises = 32
    /// How many bytes are read again at most for that.
    private static let maximumBytesReread = 4 * 1024 * 1024

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - text: The whole file.
    ///   - diagnostics: Takes the mistakes.
    /// - Returns: The first document's value, or nil when the text is empty or, with an error added, cannot be read.
    static func read(_ text: String, diagnostics: DiagnosticCollector) -> YAMLNode? {
        guard var prepared = YAMLText(text) else {
            diagnostics.add(
                Diagnostic(.error, .invalidEncoding, at: .start, message: "the file uses every private-use character")
            )
            return nil
        }
        if let mistake = prepared.structuralMistake() {
            diagnostics.add(mistake)
            return nil
        }
        var rereadings = min(maximumDisguises, maximumBytesReread / max(1, text.utf8.count))
        while true {
            do {
                return try read(prepared, diagnostics: diagnostics)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let location = SourceLocation(line: context.mark.line, column: context.mark.column)
                rereadings -= 1
                guard rereadings >= 0, let key = keys.first, prepared.disguise(key: key, at: location) else {
                    let found = prepared.disguisedKeys + keys.prefix(1).map { (key: prepared.restored($0), location) }
                    for (key, location) in found {
                        diagnostics.add(
                            Diagnostic(
                                .error,
                                .duplicateKey,
                                at: location,
                                width: key.unicodeScalars.count,
                                message: "the key \"\(key.prefix(80))\" stands twice in one object"
                            )
                        )
                    }
                    return nil
                }
            } catch {
                diagnostics.add(diagnostic(for: error, text: prepared))
                return nil
            }
        }
    }

    private static func read(_ prepared: YAMLText, diagnostics: DiagnosticCollector) throws -> YAMLNode? {
        // Tags are resolved here, by the rules of the library that oc-mirror uses.
        let parser = try Parser(yaml: prepared.text, resolver: .basic, encoding: .utf8)
        guard let root = try parser.nextRoot() else { return nil }
        var builder = YAMLTreeBuilder(text: prepared, diagnostics: diagnostics)
        let node = builder.build(root)
        guard !builder.isExhausted else { return nil }
        if let location = secondDocument(parser) {
            diagnostics.add(
                Diagnostic(
                    .warning,
                    .severalDocuments,
                    at: location,
                    message: "only the first YAML document of a file counts; what follows is ignored",
                    help: "put each configuration into a file of its own"
                )
            )
        }
        return node
    }

    /// Where a second document begins, if there is one with content; it may be malformed, as nothing depends on it.
    private static func secondDocument(_ parser: Parser) -> SourceLocation? {
        do {
            guard let next = try parser.nextRoot() else { return nil }
            if case .scalar(let scalar) = next, scalar.string.isEmpty { return nil }
            return next.mark.map { SourceLocation(line: $0.line, column: $0.column) } ?? .start
        } catch YamlError.duplicatedKeysInMapping(_, let context) {
            return SourceLocation(line: context.mark.line, column: context.mark.column)
        } catch {
            return place(of: error) ?? .start
        }
    }

    private static func place(of error: any Error) -> SourceLocation? {
        switch error {
        case YamlError.scanner(_, _, let mark, _), YamlError.parser(_, _, let mark, _),
            YamlError.composer(_, _, let mark, _):
            SourceLocation(line: max(1, mark.line), column: max(1, mark.column))
        default: nil
        }
    }

    private static func diagnostic(for error: any Error, text: YAMLText) -> Diagnostic {
        let location = place(of: error).map { text.clamped($0) }
        let message: String
        switch error {
        case YamlError.reader(let problem, let offset, _, _):
            return Diagnostic(
                .error,
                .yamlSyntax,
                at: text.location(ofByte: offset ?? 0),
                message: "the file is not valid YAML: \(problem)",
                help: "remove the character, or write it as an escape in double quotes"
            )
        case YamlError.scanner(let context, let problem, _, _), YamlError.parser(let context, let problem, _, _),
            YamlError.composer(let context, let problem, _, _):
            let detail =
                context.map {
                    $0.text.isEmpty || $0.text.hasSuffix("next token")
                        ? "" : " \($0.text) that begins in line \($0.mark.line)"
                } ?? ""
            message = "the file is not valid YAML: \(problem)\(detail)"
        default:
            message = "the file cannot be read as YAML"
        }
        return Diagnostic(
            .error,
            .yamlSyntax,
            at: location ?? .start,
            message: message,
            help: location.flatMap { text.help(at: $0) }
        )
    }
}

extension YAMLText {
    /// What the character at the place of a syntax error suggests.
    fileprivate func help(at location: SourceLocation) -> String? {
        let source = ConfigurationSource(fileName: "", bytes: Array(text.utf8))
        guard let line = source.lines([location.line])[location.line] else { return nil }
        let scalars = Array(line.unicodeScalars)
        guard scalars.indices.contains(location.column - 1) else { return nil }
        switch scalars[location.column - 1] {
        case "\t": return "YAML does not allow tabs for indentation; use spaces"
        case "@", "`", "%", "!": return "put the text into quotes"
        case ":": return "check the indentation of this line and the one above; text with \": \" in it needs quotes"
        default: return nil
        }
    }

    /// The place itself, or the end of the last line with content when it lies behind that.
    fileprivate func clamped(_ location: SourceLocation) -> SourceLocation {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        guard let last = lines.lastIndex(where: { !$0.allSatisfy(isBlank) }), location.line > last + 1 else {
            return location
        }
        // Every scalar has exactly one byte that is no continuation byte.
        let length = lines[last].reduce(0) { $0 + ($1 & 0xC0 == 0x80 || $1 == 0x0D ? 0 : 1) }
        return SourceLocation(line: last + 1, column: length + 1)
    }

    /// The place of a byte of the prepared text.
    fileprivate func location(ofByte offset: Int) -> SourceLocation {
        let before = text.utf8.prefix(max(0, offset))
        let line = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        let lastLine = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).last ?? before
        // Every scalar has exactly one byte that is no continuation byte.
        let column = lastLine.reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        return SourceLocation(line: line, column: column)
    }
}
