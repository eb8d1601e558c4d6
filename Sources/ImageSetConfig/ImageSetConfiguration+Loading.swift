extension ImageSetConfiguration {
    /// Decodes and validates a configuration file.
    ///
    /// - Parameters:
    ///   - bytes: The file's content, UTF-8.
    ///   - fileName: The name for messages.
    ///   - kind: The kind that is wanted; nil for either.
    /// - Returns: The configuration and its warnings.
    /// - Throws: `ImageSetConfigError` with every mistake of the file.
    package static func load(
        bytes: [UInt8],
        fileName: String,
        expecting kind: ConfigurationKind? = nil
    ) throws(ImageSetConfigError) -> LoadedConfiguration {
        let source = ConfigurationSource(fileName: fileName, bytes: bytes)
        let diagnostics = DiagnosticCollector()
        guard let text = text(of: source, diagnostics: diagnostics) else {
            throw ImageSetConfigError(.unreadable, diagnostics: diagnostics.diagnostics, source: source)
        }
        let root = YAMLDocument.read(text, diagnostics: diagnostics)
        guard root != nil || !diagnostics.hasErrors else {
            throw ImageSetConfigError(.unreadable, diagnostics: diagnostics.diagnostics, source: source)
        }
        let empty = YAMLNode(
            location: .start,
            width: 1,
            content: .scalar(YAMLScalar(text: "", value: .null)),
            nodeCount: 1
        )
        let decoder = ConfigurationDecoder(source: source, expected: kind, diagnostics: diagnostics)
        guard let configuration = decoder.decode(root ?? empty), !diagnostics.hasErrors else {
            throw ImageSetConfigError(.invalid, diagnostics: diagnostics.diagnostics, source: source)
        }
        return LoadedConfiguration(configuration: configuration, warnings: diagnostics.diagnostics.sorted())
    }

    /// Decodes and validates the text of a configuration.
    ///
    /// - Parameters:
    ///   - text: The file's content.
    ///   - fileName: The name for messages.
    ///   - kind: The kind that is wanted; nil for either.
    /// - Returns: The configuration and its warnings.
    /// - Throws: `ImageSetConfigError` with every mistake of the file.
    package static func load(
        text: String,
        fileName: String,
        expecting kind: ConfigurationKind? = nil
    ) throws(ImageSetConfigError) -> LoadedConfiguration {
        try load(bytes: Array(text.utf8), fileName: fileName, expecting: kind)
    }

    private static func text(of source: ConfigurationSource, diagnostics: DiagnosticCollector) -> String? {
        guard source.bytes.count <= maximumFileBytes else {
            diagnostics.add(
                Diagnostic(
                    .error,
                    .fileTooLarge,
                    at: .start,
                    message: "the file has \(source.bytes.count) bytes; at most \(maximumFileBytes) are read"
                )
            )
            return nil
        }
        guard let text = String(validating: source.bytes, as: UTF8.self) else {
            diagnostics.add(invalidEncoding(source.bytes))
            return nil
        }
        return text
    }

    /// Says where the first byte is that is not UTF-8; nothing of the file is shown, which may be of any kind.
    private static func invalidEncoding(_ bytes: [UInt8]) -> Diagnostic {
        var offset = 0
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            offset = error.byteOffsets.lowerBound
        }
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let digits = String(bytes[offset], radix: 16, uppercase: true)
        let isUTF16 = bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
        return Diagnostic(
            .error,
            .invalidEncoding,
            at: SourceLocation(line: line, column: column),
            message: "the file is not UTF-8: byte 0x\(digits.count == 1 ? "0" : "")\(digits) at offset \(offset)"
                + (isUTF16 ? " begins UTF-16" : " begins no character"),
            help: "save it in UTF-8, or name another file if it is no text"
        )
    }
}
