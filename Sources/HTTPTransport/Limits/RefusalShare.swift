/// Tells servers that refuse what comes too fast with 503, as nginx does by default, from those that are out of order.
///
/// Both say 503. The first say it to many of their requests and answer the others well; the second say it to all, or to a
/// few by chance.
struct RefusalShare {
    /// How many answers are looked at, and how many of them, both of refusals and of others, make a limit of the rate.
    private static let window: UInt64 = 0xffff_ffff
    private static let share = 8

    /// The latest answers, the newest in the lowest bit; set for refusals.
    private var latest: UInt64 = 0
    private var count = 0

    /// An answer has come.
    ///
    /// - Parameter isRefusal: whether it was 503.
    /// - Returns: whether the server limits the rate of requests; said once for so many answers.
    mutating func note(isRefusal: Bool) -> Bool {
        latest = (latest << 1 | (isRefusal ? 1 : 0)) & Self.window
        count = min(count + 1, 32)
        let refusals = latest.nonzeroBitCount
        guard isRefusal, refusals >= Self.share, count - refusals >= Self.share else { return false }
        (latest, count) = (0, 0)
        return true
    }
}
