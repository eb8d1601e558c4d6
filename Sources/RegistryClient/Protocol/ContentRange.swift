/// The `Content-Range` of a partial answer.
///
/// https://www.rfc-editor.org/rfc/rfc9110.html#section-14.4
struct ContentRange: Hashable, Sendable {
    /// The first byte of the part.
    let first: Int64
    /// The last byte of the part.
    let last: Int64
    /// The size of the whole; nil when it is not known.
    let total: Int64?

    /// Parses `bytes first-last/total`; nil for anything else.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
        let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, bounds.count == 2, let first = Int64(bounds[0]), let last = Int64(bounds[1]),
            first >= 0, last >= first
        else { return nil }
        if parts[1] == "*" {
            total = nil
        } else {
            guard let total = Int64(parts[1]), total > last else { return nil }
            self.total = total
        }
        self.first = first
        self.last = last
    }
}
