/// One thing that is wrong, or questionable, in a configuration file.
package struct Diagnostic: Hashable, Sendable, Comparable {
    /// Whether a file can be used in spite of it.
    package enum Severity: String, Sendable {
        /// The file is refused.
        case error
        /// The file is used; the user should know.
        case warning
    }

    /// How grave it is.
    package let severity: Severity
    /// The kind of mistake, stable for scripts.
    package let code: Code
    /// Where it is.
    package let location: SourceLocation
    /// How many characters of the line to mark, at least 1.
    package let width: Int
    /// The path of keys to the value at fault, `mirror.operators[0].packages[1]`; empty for the file as a whole.
    package let path: String
    /// What is wrong, as one sentence without a full stop.
    package let message: String
    /// What to do, if there is something sure to say.
    package let help: String?

    /// Describes one mistake.
    package init(
        _ severity: Severity,
        _ code: Code,
        at location: SourceLocation,
        width: Int = 1,
        path: String = "",
        message: String,
        help: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.location = location
        self.width = max(1, width)
        self.path = path
        self.message = CredentialMask.masked(message)
        self.help = help
    }

    /// Orders by place in the file, then by text.
    package static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        (left.location, left.message) < (right.location, right.message)
    }
}
