extension Diagnostic {
    /// The longest piece of a source line that is shown, in characters.
    private static let shownColumns = 160

    /// The diagnostic as a person reads it: place and message, the line with a mark below it, and what to do.
    ///
    /// ```
    /// isc.yaml:7:5: error: unknown key "minVerson" in mirror.operators[0].packages[0] [unknownKey]
    ///   7 |     minVerson: 4.14.1
    ///     |     ^~~~~~~~~
    ///     = help: did you mean "minVersion"?
    /// ```
    /// Control characters of the file are replaced, so that it cannot play tricks on a terminal. No newline at the end.
    package func rendered(source: ConfigurationSource) -> String {
        rendered(fileName: source.fileName, line: source.lines([location.line])[location.line])
    }

    /// Renders with the text of the line at hand; nil when the place is past the end of the file.
    func rendered(fileName: String, line: String?) -> String {
        var text = "\(Self.printable(fileName)):\(location): \(severity.rawValue): \(Self.printable(message)) [\(code)]"
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count + 3)
        // What is no text is not shown as if it were.
        if let line, code != .invalidEncoding {
            let (shown, mark) = Self.excerpt(of: CredentialMask.masked(line), column: location.column, width: width)
            text += "\n  \(number) | \(shown)\n\(margin)| \(mark)"
        }
        if let help { text += "\n\(margin)= help: \(Self.printable(help))" }
        return text
    }

    /// A window of the line around the column, and the mark that belongs below it.
    private static func excerpt(of line: String, column: Int, width: Int) -> (shown: String, mark: String) {
        let scalars = Array(line.unicodeScalars)
        let offset = min(max(column - 1, 0), scalars.count)
        let start = offset > shownColumns / 2 && scalars.count > shownColumns ? offset - shownColumns / 2 : 0
        let end = min(scalars.count, start + shownColumns)
        let shown = (start > 0 ? "…" : "") + printable(scalars[start..<end]) + (end < scalars.count ? "…" : "")
        let marked = max(1, min(width, end - offset))
        let indent = String(repeating: " ", count: offset - start + (start > 0 ? 1 : 0))
        return (shown, indent + "^" + String(repeating: "~", count: marked - 1))
    }

    private static func printable(_ text: String) -> String { printable(Array(text.unicodeScalars)[...]) }

    private static func printable(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        for scalar in scalars {
            switch scalar.properties.generalCategory {
            // A tab would put the mark below in the wrong column.
            case .control: view.append(scalar == "\t" ? " " : "\u{FFFD}")
            case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                view.append("\u{FFFD}")
            default: view.append(scalar)
            }
        }
        return String(view)
    }
}

extension Sequence<Diagnostic> {
    /// All diagnostics as a person reads them, in the order of the file, separated by newlines.
    package func rendered(source: ConfigurationSource) -> String {
        let sorted = sorted()
        let lines = source.lines(Set(sorted.map(\.location.line)))
        return sorted.map { $0.rendered(fileName: source.fileName, line: lines[$0.location.line]) }
            .joined(separator: "\n")
    }
}
