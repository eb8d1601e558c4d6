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
            diagnostics.add(
                Diagnostic(
                    .error,
                    .invalidEncoding,
                    at: firstInvalidPlace(source.bytes),
                    message: "the file is not UTF-8",
                    help: "save it in UTF-8"
                )
            )
            return nil
        }
        return text
    }

    /// The line of the first byte that is not UTF-8.
    private static func firstInvalidPlace(_ bytes: [UInt8]) -> SourceLocation {
        var line = 1
        for slice in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: slice, as: UTF8.self) == nil { return SourceLocation(line: line, column: 1) }
            line += 1
        }
        return .start
    }
}
