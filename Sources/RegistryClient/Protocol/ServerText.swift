import Foundation

/// Text from outside, made fit for messages.
enum ServerText {
    /// One line of at most 300 characters, without secrets and without what terminals act on; nil when nothing is left.
    static func printable(_ text: String, hiding secrets: KnownSecrets) -> String? {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: clean.append(" ")
            case .control where ["\n", "\r", "\t"].contains(scalar): clean.append(" ")
            // Terminals act on these: colours, and text that runs backwards.
            case .control, .format, .surrogate, .privateUse, .unassigned: continue
            default: clean.append(scalar)
            }
        }
        // Before the text is cut, which would leave a part of a secret.
        let trimmed = secrets.redacted(String(clean)).trimmingCharacters(in: .whitespaces)
        guard !trimmed.isEmpty else { return nil }
        return trimmed.count > 300 ? trimmed.prefix(300) + "…" : trimmed
    }
}
