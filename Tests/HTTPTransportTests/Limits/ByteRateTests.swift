import HTTPTestSupport
import Testing

@testable import HTTPTransport

@Suite("Bytes per second")
struct ByteRateTests {
    @Test("the rate is kept exactly, whatever the portions", arguments: [1, 4_096, 200_000, 3_000_000])
    func exact(portion: Int) {
        var rate = ByteRate(1_000_000)
        var now = Duration.seconds(100)
        var bytes = 0
        while bytes < 30_000_000 {
            now = max(now, rate.take(portion, at: now))
            bytes += portion
            if portion == 1, bytes > 20_000 { break }
        }
        let time = (now - .seconds(100)) / .seconds(1)
        #expect(abs(time - Double(bytes - portion) / 1e6) < 0.001)
    }

    @Test("timers that are late cost nothing, and a pause earns no more than a quarter of a second")
    func late() {
        var rate = ByteRate(1_000_000)
        var now = Duration.zero
        for _ in 0..<1_000 { now = max(now, rate.take(20_000, at: now)) + .milliseconds(3) }
        #expect(abs(now / .seconds(1) - 20) < 0.2)
        now += .seconds(60)
        let first = rate.take(1, at: now)
        #expect(now - first == .milliseconds(250))
    }

    @Test("streams pass in turn")
    func fair() {
        var rate = ByteRate(1_000)
        let turns = (0..<6).map { _ in rate.take(500, at: .zero) }
        #expect(turns == (0..<6).map { .milliseconds(500 * $0) })
    }

    @Test("all streams of a run share it, exactly on a clock of its own")
    func shared() async throws {
        let time = SteppedTime()
        var configuration = HTTPTransportConfiguration()
        configuration.bytesPerSecond = 1_000_000
        let limits = SharedLimits(configuration)
        for _ in 0..<50 {
            try await limits.download?.pass(100_000, time.time)
            try await limits.upload?.pass(100_000, time.time)
        }
        // Each way has a rate of its own, and the last portion is paid for by the next.
        #expect(abs(time.time.now() / .seconds(1) - 4.9) < 0.11)
    }

    @Test("portions fit the rate", arguments: [(1_000, 4_096), (10_000_000, 200_000), (1_000_000_000, 1_048_576)])
    func portions(rate: Int64, size: Int) {
        #expect(ByteThrottle.portion(rate) == size)
    }
}
