/// Decides when bytes may pass so that there are no more than so many in a second.
///
/// Each portion has its place in line: streams that ask in turn pass in turn, none is starved. There is no clock inside.
struct ByteRate {
    /// Bytes per second.
    private let rate: Double
    /// When everything that was let through so far is paid for.
    private var paid: Duration?

    /// How much later than its turn a portion may pass without the next ones passing later, too: timers are never exact.
    private static let credit = Duration.milliseconds(250)

    /// - Parameter rate: bytes per second, at least 1.
    init(_ rate: Int64) {
        self.rate = Double(max(1, rate))
    }

    /// Takes a place for a portion.
    ///
    /// - Parameters:
    ///   - bytes: its size.
    ///   - moment: now.
    /// - Returns: when it may pass.
    mutating func take(_ bytes: Int, at moment: Duration) -> Duration {
        let turn = max(paid ?? moment, moment - Self.credit)
        paid = turn + .seconds(Double(bytes) / rate)
        return turn
    }
}
