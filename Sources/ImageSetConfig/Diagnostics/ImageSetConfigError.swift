/// Why a configuration file cannot be used: every mistake in it at once.
package struct ImageSetConfigError: Error, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case unreadable
            case invalid
        }

        private let value: Value

        /// The file is no YAML, so its content is not known.
        package static let unreadable = Code(value: .unreadable)
        /// The file is YAML but no valid configuration.
        package static let invalid = Code(value: .invalid)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// All errors and warnings in the order of the file, at least one error.
    package let diagnostics: [Diagnostic]
    /// The file at fault.
    package let source: ConfigurationSource

    init(_ code: Code, diagnostics: [Diagnostic], source: ConfigurationSource) {
        self.code = code
        self.diagnostics = diagnostics.sorted()
        self.source = source
    }

    /// All diagnostics as a person reads them.
    package func rendered() -> String { diagnostics.rendered(source: source) }

    /// One sentence; the details are in ``rendered()``.
    package var description: String {
        let errors = diagnostics.filter { $0.severity == .error }
        guard let first = errors.first else { return "\(source.fileName) cannot be used" }
        let rest = errors.count > 1 ? ", and \(errors.count - 1) more" : ""
        return "\(source.fileName):\(first.location): \(first.message)\(rest)"
    }
}
