import NIOCore

/// One direction of the link, which all connections share; they take turns, a small amount each.
///
/// Used on the link's event loop only.
final class LinkLane {
    /// How late a timer may be before the time is lost for good.
    private static let patience = TimeAmount.milliseconds(250)
    /// What is due within this time goes at once: timers are not finer.
    private static let slack = TimeAmount.microseconds(200)

    private let loop: any EventLoop
    private var pacer: RatePacer
    private var waiting = CircularBuffer<(pipe: LinkPipe, due: NIODeadline)>()
    private var timer: Scheduled<Void>?
    private var isServing = false

    init(_ loop: any EventLoop, rate: Int64?) {
        self.loop = loop
        pacer = RatePacer(rate)
    }

    /// A pipe has bytes that are due since some moment; it is told when to send some.
    func enter(_ pipe: LinkPipe, due: NIODeadline) {
        waiting.append((pipe, due))
        serve()
    }

    private func serve() {
        // A pipe that has sent may enter again at once.
        guard !isServing, timer == nil else { return }
        isServing = true
        defer { isServing = false }
        while let (pipe, due) = waiting.first {
            let now = NIODeadline.now()
            let start = max(pacer.start(of: due), now - Self.patience)
            guard start <= now + Self.slack else {
                timer = loop.assumeIsolated().scheduleTask(deadline: start) { [self] in
                    timer = nil
                    serve()
                }
                return
            }
            waiting.removeFirst()
            pacer.send(pipe.transmit(at: start), at: start)
            pipe.goOn()
        }
    }
}
