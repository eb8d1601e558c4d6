/// A part of an upload whose token was refused.
struct TokenRefusal: Hashable, Sendable {
    /// Whether the token's time was over by then, as far as is known.
    let wasOver: Bool
    /// How long the part's body was, in bytes.
    let length: Int64
}

/// Counts the tokens that an upload had refused since it last got further, and decides whether another is worth a try.
///
/// A token that was good by its time and is refused tells that rights are missing. One that was over tells nothing, so that
/// many of them are renewed; not without end, since a service may give tokens that are over at once.
struct TokenRenewals: Sendable {
    /// How many good tokens are given up after.
    private static let maximumRefused = 2
    /// How many tokens whose time was over are given up after.
    ///
    /// Each halves the part, which by then is small enough.
    private static let maximumExpired = 20

    /// How many were refused whose time was not over.
    private(set) var refused = 0
    /// How many were refused whose time was over.
    private(set) var expired = 0

    /// Notes a refusal.
    ///
    /// - Parameter refusal: what was refused.
    /// - Returns: whether the same part is worth a try with another token.
    mutating func mayGoOn(after refusal: TokenRefusal) -> Bool {
        if refusal.wasOver { expired += 1 } else { refused += 1 }
        return refused <= Self.maximumRefused && expired <= Self.maximumExpired
    }
}
