/// What a host says about how many more requests it will accept.
///
/// All forms in use are read: `RateLimit-Remaining` with `RateLimit-Reset` (seconds, or a moment since 1970),
/// `RateLimit: limit=…, remaining=…, reset=…`, `RateLimit: "name";r=…;t=…` with `RateLimit-Policy: "name";q=…;w=…`, and
/// Docker Hub's `RateLimit-Remaining: 76;w=21600`.
///
/// https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
package struct RateAllowance: Hashable, Sendable {
    /// How many requests will be accepted, at least 0.
    package let remaining: Int64
    /// How many there are in a whole window; nil when that is not said.
    package let limit: Int64?
    /// Until when, or for how long at most, that counts; nil when that is not said.
    package let window: Duration?

    /// Joins the parts.
    package init(remaining: Int64, limit: Int64?, window: Duration?) {
        self.remaining = remaining
        self.limit = limit
        self.window = window
    }

    /// Reads the fields of an answer; nil when they say nothing that can be understood.
    ///
    /// - Parameters:
    ///   - fields: the fields.
    ///   - unixSeconds: the time of day.
    init?(_ fields: HTTPFields, unixSeconds: Int64) {
        let words = fields["ratelimit"].map(Self.parameters) ?? [:]
        let policy = fields["ratelimit-policy"].map(Self.parameters) ?? [:]
        func value(_ name: String) -> [String: Int64] {
            (fields["ratelimit-\(name)"] ?? fields["x-ratelimit-\(name)"]).map(Self.parameters) ?? [:]
        }
        let single = value("remaining")
        let whole = value("limit")
        guard let remaining = single[""] ?? words["remaining"] ?? words["r"] else { return nil }
        let reset = value("reset")[""] ?? words["reset"] ?? words["t"]
        // No window lasts thirty years: such a number is a moment.
        let rest = reset.map { $0 > 1_000_000_000 ? max(0, $0 - unixSeconds) : $0 }
        let window = rest ?? single["w"] ?? whole["w"] ?? policy["w"]
        self.init(
            remaining: remaining,
            limit: whole[""] ?? words["limit"] ?? policy["q"],
            window: window.map { .seconds(min($0, 1_000_000_000)) }
        )
    }

    /// The numbers of a value by name; the first one without name under "".
    private static func parameters(_ text: String) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for part in text.prefix(1_000).split(whereSeparator: { ",; ".contains($0) }) {
            let sides = part.split(separator: "=", maxSplits: 1)
            let name = sides.count == 2 ? sides[0].lowercased() : ""
            guard let last = sides.last, let number = Int64(last), number >= 0, found[name] == nil else { continue }
            found[name] = number
        }
        return found
    }
}
