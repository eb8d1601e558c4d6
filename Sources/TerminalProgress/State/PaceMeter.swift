/// Says how long the rest of a phase will take.
///
/// Bytes alone mislead: many small blobs take as long as a few large ones, because each costs requests. So each blob
/// counts as its bytes and as many more as the link could have carried in the time that its requests cost; work in that
/// sense goes on evenly on a steady link, whether large blobs come first or last.
struct PaceMeter: Sendable {
    private struct Sample {
        let time: Duration
        let bytes: Int64
        let blobs: Int
    }

    /// How far back the pace looks.
    static let window = Duration.seconds(90)
    /// A pace of nothing over this time is a stall.
    static let stallWindow = Duration.seconds(8)
    private static let minimumSpan = Duration.seconds(1)
    private static let resolution = Duration.milliseconds(500)
    /// The whole of the requests of a blob over those before its first byte, as a rule.
    private static let closingFactor = 2.0

    private let start: Duration
    private var samples: [Sample]
    /// The highest rate that was seen over the shortest span, in bytes per second: what the link can carry.
    private var capacity = 0.0
    /// How many transfers ended, and how long each took besides the moving of bytes, together.
    private var ended = 0
    private var overhead = Duration.zero
    /// The shortest time to the first byte of a transfer: the first ones have to connect and to log in besides.
    private var opening: Duration?
    /// How long all transfers together were under way, up to `noted`.
    private var occupied = Duration.zero
    private var noted: Duration

    /// Starts at zero.
    init(start: Duration) {
        self.start = start
        noted = start
        samples = [Sample(time: start, bytes: 0, blobs: 0)]
    }

    /// Notes how far the phase is.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that have moved in this run.
    ///   - blobs: the blobs that are complete because they moved.
    ///   - active: the transfers under way.
    ///   - time: not before the last one noted.
    mutating func note(bytes: Int64, blobs: Int, active: Int, at time: Duration) {
        occupied += (time - noted) * active
        noted = time
        let latest = Sample(time: time, bytes: bytes, blobs: blobs)
        if samples.count > 1, time - samples[samples.count - 2].time < Self.resolution {
            samples[samples.count - 1] = latest
        } else {
            samples.append(latest)
        }
        // One sample older than the window stays, so that the window is always covered.
        let limit = time - Self.window
        let old = samples.prefix { $0.time <= limit }.count
        if old > 1 { samples.removeFirst(old - 1) }
        if let (earlier, span) = sample(before: time - Self.minimumSpan, from: latest) {
            capacity = max(capacity, Double(bytes &- earlier.bytes) / span)
        }
    }

    /// A transfer is complete.
    ///
    /// - Parameter overhead: how long it took besides the moving of bytes.
    mutating func ended(overhead: Duration) {
        ended += 1
        self.overhead += max(.zero, overhead)
    }

    /// A transfer has got its first byte.
    ///
    /// - Parameter delay: how long that took since its start.
    mutating func opened(after delay: Duration) {
        opening = min(opening ?? delay, max(.zero, delay))
    }

    /// How long the rest takes; nil while that cannot be said: too early, or nothing moves.
    func timeLeft(bytes: Int64, blobs: Int) -> Duration? {
        guard bytes > 0 || blobs > 0, let last = samples.last else { return nil }
        let price = pricePerBlob
        func work(_ bytes: Int64, _ blobs: Int) -> Double { Double(bytes) + price * Double(blobs) }
        guard let (recent, _) = sample(before: last.time - Self.stallWindow, from: last),
            work(last.bytes &- recent.bytes, last.blobs - recent.blobs) > 0,
            let (first, span) = sample(before: last.time - Self.window, from: last)
        else { return nil }
        let pace = work(last.bytes &- first.bytes, last.blobs - first.blobs) / span
        guard pace > 0 else { return nil }
        let seconds = work(max(0, bytes), max(0, blobs)) / pace
        return seconds < 1e8 ? .seconds(seconds) : nil
    }

    /// What the requests of one blob cost, in bytes that could have moved meanwhile.
    private var pricePerBlob: Double {
        let span = noted - start
        guard span > .zero else { return 0 }
        var seconds = 0.0
        if ended > 0 {
            seconds = overhead / .seconds(1) / Double(ended)
        } else if let opening {
            // Where the largest blobs come first, it takes a while until one is complete.
            seconds = opening / .seconds(1) * Self.closingFactor
        }
        // Others move while one waits for an answer.
        return capacity * seconds / max(1, occupied / span)
    }

    /// The last sample at or before a moment, else the first, and the seconds from there; nil while that is too short.
    private func sample(before limit: Duration, from last: Sample) -> (Sample, Double)? {
        guard let first = samples.last(where: { $0.time <= limit }) ?? samples.first else { return nil }
        let span = last.time - first.time
        return span >= Self.minimumSpan ? (first, span / .seconds(1)) : nil
    }
}
