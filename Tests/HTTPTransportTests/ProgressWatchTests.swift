import Testing

@testable import HTTPTransport

struct ProgressWatchTests {
    /// Holds a watch where expectations may change it.
    private final class Holder {
        var watch = ProgressWatch(timeout: .seconds(60), commitBytesPerSecond: 1_000)

        func isStalled(now: Duration, buffered: Int) -> Bool { watch.isStalled(now: now, buffered: buffered) }
    }

    @Test func `waits for an answer no longer than the timeout`() {
        let holder = Holder()
        holder.watch.requestBegan(bodySize: 0)
        holder.watch.requestEnded()
        holder.watch.readRequested()
        #expect(!holder.isStalled(now: .seconds(1), buffered: 0))
        #expect(!holder.isStalled(now: .seconds(60), buffered: 0))
        #expect(holder.isStalled(now: .seconds(61), buffered: 0))
    }

    @Test func `takes the first read of a connection for granted`() {
        let holder = Holder()
        holder.watch.requestBegan(bodySize: 0)
        holder.watch.requestEnded()
        #expect(!holder.isStalled(now: .seconds(1), buffered: 0))
        #expect(holder.isStalled(now: .seconds(61), buffered: 0))
    }

    @Test func `gives a registry time to store what it was sent`() {
        let holder = Holder()
        holder.watch.requestBegan(bodySize: 100_000)
        holder.watch.requestEnded()
        holder.watch.readRequested()
        #expect(!holder.isStalled(now: .zero, buffered: 0))
        #expect(!holder.isStalled(now: .seconds(159), buffered: 0))
        #expect(holder.isStalled(now: .seconds(160), buffered: 0))
    }

    @Test func `does not count our own pauses`() {
        let holder = Holder()
        holder.watch.requestBegan(bodySize: 10)
        holder.watch.readRequested()
        // The source gives nothing: the request is not sent, nothing waits for the socket.
        #expect(!holder.isStalled(now: .zero, buffered: 0))
        #expect(!holder.isStalled(now: .seconds(1_000), buffered: 0))
        holder.watch.requestEnded()
        holder.watch.received()
        // The consumer reads nothing.
        #expect(!holder.isStalled(now: .seconds(1_001), buffered: 0))
        #expect(!holder.isStalled(now: .seconds(3_000), buffered: 0))
    }

    @Test func `sees that the peer takes nothing`() {
        let holder = Holder()
        holder.watch.requestBegan(bodySize: 1_000)
        holder.watch.wrote(bytes: 500)
        #expect(!holder.isStalled(now: .zero, buffered: 500))
        #expect(!holder.isStalled(now: .seconds(59), buffered: 499))
        #expect(!holder.isStalled(now: .seconds(118), buffered: 499))
        #expect(holder.isStalled(now: .seconds(119), buffered: 499))
    }

    @Test func `leaves idle connections alone`() {
        let holder = Holder()
        holder.watch.readRequested()
        #expect(!holder.isStalled(now: .zero, buffered: 0))
        #expect(!holder.isStalled(now: .seconds(1_000), buffered: 0))
        holder.watch.requestBegan(bodySize: 0)
        holder.watch.requestEnded()
        holder.watch.received()
        holder.watch.answerEnded()
        holder.watch.readRequested()
        #expect(!holder.isStalled(now: .seconds(1_001), buffered: 0))
        #expect(!holder.isStalled(now: .seconds(3_000), buffered: 0))
    }
}
