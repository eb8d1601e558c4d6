/// Which credentials a request went with, as parts of a sentence; never a secret.
struct UsedIdentity: Hashable, Sendable, CustomStringConvertible {
    /// How many places are named.
    private static let shown = 2

    /// What was used, or that there was nothing.
    let text: String
    /// What to do because there was nothing, with what joins it to the text; empty when some were found.
    var advice = ""
    /// Where credentials were looked for in vain, in order; empty when some were found.
    var searched: [String] = []

    /// Where was looked, in short, for the very end of a sentence; empty when some were found.
    var places: String {
        guard !searched.isEmpty else { return "" }
        let more = searched.count - Self.shown
        return " (looked in " + searched.prefix(Self.shown).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "") + ")"
    }

    /// All of it, for where nothing else follows.
    var description: String { text + advice + places }
}
