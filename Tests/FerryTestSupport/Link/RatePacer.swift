import NIOCore

/// Says when the next bytes of a limited line may go; a pure account of its free time.
///
/// The time that bytes take is added up from where the line became free, not from when somebody came to send them. So
/// late timers cost nothing, and nothing is saved up while the line is idle.
struct RatePacer {
    /// From when on the next byte may go.
    private(set) var free = NIODeadline.uptimeNanoseconds(0)
    private let bytesPerSecond: Int64?

    /// A line with a rate; nil for one that is always free.
    init(_ bytesPerSecond: Int64?) {
        self.bytesPerSecond = bytesPerSecond.map { max(1, $0) }
    }

    /// When bytes that are there since some moment may begin.
    func start(of due: NIODeadline) -> NIODeadline {
        bytesPerSecond == nil ? due : max(free, due)
    }

    /// Some bytes begin at a moment; the line is taken for as long as they need.
    mutating func send(_ bytes: Int, at start: NIODeadline) {
        guard let bytesPerSecond else { return }
        let (product, overflow) = Int64(bytes).multipliedReportingOverflow(by: 1_000_000_000)
        free = start + .nanoseconds(overflow ? .max / 4 : product / bytesPerSecond)
    }
}
