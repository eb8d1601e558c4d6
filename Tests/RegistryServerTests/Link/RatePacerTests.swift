import NIOCore
import Testing

@testable import FerryTestSupport

@Suite("The account of a limited line")
struct RatePacerTests {
    private let second = Int64(1_000_000_000)

    @Test("adds up the time of what was sent, however late it was sent")
    func busy() {
        var pacer = RatePacer(1_000)
        let begin = NIODeadline.uptimeNanoseconds(1_000)
        for _ in 0..<10 { pacer.send(500, at: pacer.start(of: begin)) }
        #expect(pacer.free == begin + .nanoseconds(5 * second))
    }

    @Test("saves nothing up while nobody sends")
    func idle() {
        var pacer = RatePacer(1_000)
        pacer.send(1_000, at: pacer.start(of: .uptimeNanoseconds(0)))
        let later = NIODeadline.uptimeNanoseconds(UInt64(10 * second))
        #expect(pacer.start(of: later) == later)
        pacer.send(1_000, at: later)
        #expect(pacer.start(of: later) == later + .nanoseconds(second))
    }

    @Test("without a rate all goes at once")
    func unlimited() {
        var pacer = RatePacer(nil)
        pacer.send(.max, at: .uptimeNanoseconds(5))
        #expect(pacer.start(of: .uptimeNanoseconds(7)) == .uptimeNanoseconds(7))
    }
}
