/// Measures how fast a count grows, over the recent past.
///
/// Two windows: a short one for the rate that is shown, a long one for the time left, which would jump about
/// otherwise.
struct RateMeter: Sendable {
    private struct Sample {
        let time: Duration
        let count: Int64
    }

    /// How far back the shown rate looks.
    static let shortWindow = Duration.seconds(8)
    /// How far back the rate for the time left looks.
    static let longWindow = Duration.seconds(30)
    /// The least time that anything is said about.
    private static let minimumSpan = Duration.seconds(1)
    /// Samples closer than this replace one another, so that there are never more than about 60.
    private static let resolution = Duration.milliseconds(500)

    private var samples: [Sample]

    /// Starts at zero.
    init(start: Duration) {
        samples = [Sample(time: start, count: 0)]
    }

    /// Notes the count at a time, which is not before the last one noted.
    mutating func note(_ count: Int64, at time: Duration) {
        let sample = Sample(time: time, count: count)
        if samples.count > 1, time - samples[samples.count - 2].time < Self.resolution {
            samples[samples.count - 1] = sample
        } else {
            samples.append(sample)
        }
        // One sample older than the window stays, so that the window is always covered.
        let limit = time - Self.longWindow
        let old = samples.prefix { $0.time <= limit }.count
        if old > 1 { samples.removeFirst(old - 1) }
    }

    /// Growth per second over the window that ends at the last sample; nil while the span is too short.
    func rate(over window: Duration) -> Double? {
        guard let last = samples.last else { return nil }
        let limit = last.time - window
        guard let first = samples.last(where: { $0.time <= limit }) ?? samples.first else { return nil }
        let span = last.time - first.time
        guard span >= Self.minimumSpan else { return nil }
        return max(0, Double(last.count - first.count) / (span / .seconds(1)))
    }
}
