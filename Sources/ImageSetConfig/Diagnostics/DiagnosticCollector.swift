/// Gathers what is found while one file is read.
final class DiagnosticCollector {
    /// How many errors and how many warnings are kept; a file that is wrong all over needs no more to be put right.
    static let limit = 500

    /// What was found, in the order of finding.
    private(set) var diagnostics: [Diagnostic] = []
    private var counts: [Diagnostic.Severity: Int] = [:]

    /// Whether an error is among what was found.
    var hasErrors: Bool { counts[.error] != nil }

    /// Whether further errors are dropped.
    var isFull: Bool { counts[.error, default: 0] > Self.limit }

    /// Adds one; past the limit of its severity only a note that there are more.
    func add(_ diagnostic: Diagnostic) {
        let count = counts[diagnostic.severity, default: 0]
        guard count <= Self.limit else { return }
        counts[diagnostic.severity] = count + 1
        guard count < Self.limit else {
            diagnostics.append(
                Diagnostic(
                    diagnostic.severity,
                    .tooManyDiagnostics,
                    at: diagnostic.location,
                    message: "there are more than \(Self.limit) \(diagnostic.severity)s; the rest is not listed"
                )
            )
            return
        }
        diagnostics.append(diagnostic)
    }

    /// Adds a diagnostic about a value or a key.
    func add(
        _ severity: Diagnostic.Severity,
        _ code: Diagnostic.Code,
        at span: some SourceSpan,
        path: String,
        _ message: String,
        help: String? = nil
    ) {
        add(
            Diagnostic(
                severity,
                code,
                at: span.location,
                width: span.width,
                path: path,
                message: message,
                help: help
            )
        )
    }

    /// Adds an error about a value or a key.
    func add(
        _ code: Diagnostic.Code,
        at span: some SourceSpan,
        path: String,
        _ message: String,
        help: String? = nil
    ) {
        add(.error, code, at: span, path: path, message, help: help)
    }
}
