import NIOCore

/// One direction of one connection: bytes wait for their time on the line, then for their turn, then for the receiver.
///
/// Used on the link's event loop only.
final class LinkPipe {
    /// What is on the line.
    private enum Freight {
        case bytes(ByteBuffer)
        /// The sender has closed its side.
        case end
        /// The connection broke on the sender's side.
        case broken
    }

    private static let slack = TimeAmount.microseconds(200)
    /// What a piece costs besides its bytes, so that many tiny ones are bounded too.
    private static let overhead = 512

    private let relay: LinkRelay
    private unowned let connection: LinkConnection
    private let lane: LinkLane
    private let source: any Channel
    private let sink: any Channel
    private let isUp: Bool
    private var pacer: RatePacer
    private var line = CircularBuffer<(freight: Freight, arrival: NIODeadline)>()
    private var heldBytes = 0
    private var isReading = false
    private var isInLane = false
    private var isClosed = false
    private var timer: Scheduled<Void>?

    init(_ connection: LinkConnection, _ relay: LinkRelay, from source: any Channel, to sink: any Channel, isUp: Bool) {
        self.connection = connection
        self.relay = relay
        self.source = source
        self.sink = sink
        self.isUp = isUp
        lane = isUp ? relay.up : relay.down
        pacer = RatePacer(relay.settings.connectionRate)
    }

    /// Asks the sender for more, unless the line is full of what it sent.
    func read() {
        guard !isReading, !isClosed, heldBytes < relay.settings.window else { return }
        isReading = true
        source.read()
    }

    /// The sender has given all it had.
    func readCompleted() {
        isReading = false
        read()
    }

    /// Bytes from the sender.
    func received(_ buffer: ByteBuffer) {
        // A small piece must not hold the large buffer that it was read into.
        let isSparse = buffer.readableBytes < buffer.storageCapacity / 2
        put(.bytes(isSparse ? ByteBuffer(bytes: buffer.readableBytesView) : buffer))
        heldBytes += buffer.readableBytes + Self.overhead
    }

    /// The sender sends no more.
    func ended() { put(.end) }

    /// The sender's connection is gone.
    func broke() { put(.broken) }

    /// Nothing goes to the receiver any more.
    func close() {
        isClosed = true
        line.removeAll()
        timer?.cancel()
        timer = nil
    }

    private func put(_ freight: Freight) {
        guard !isClosed else { return }
        let now = NIODeadline.now()
        // The handshake goes before the first byte: there and back for the client, of which the server sees one way.
        let half = relay.oneWay
        let arrival = isUp ? max(now, connection.established) + half : max(now + half, connection.established)
        line.append((freight, arrival))
        goOn()
    }

    /// Looks what comes next; called whenever that may have changed.
    func goOn() {
        guard !isInLane, timer == nil, !isClosed, let (freight, arrival) = line.first else { return }
        guard case .bytes = freight else { return goOnWithEnd(freight, arrival) }
        guard sink.isWritable else { return }
        let due = pacer.start(of: arrival)
        wait(until: due) { pipe in
            pipe.isInLane = true
            pipe.lane.enter(pipe, due: due)
        }
    }

    private func goOnWithEnd(_ freight: Freight, _ arrival: NIODeadline) {
        wait(until: arrival) { pipe in
            guard !pipe.isClosed, !pipe.line.isEmpty else { return }
            pipe.line.removeFirst()
            if case .broken = freight { return pipe.connection.close() }
            pipe.sink.close(mode: .output, promise: nil)
            pipe.connection.ended(isUp: pipe.isUp)
            pipe.goOn()
        }
    }

    private func wait(until moment: NIODeadline, _ action: @escaping (LinkPipe) -> Void) {
        guard moment > .now() + Self.slack else { return action(self) }
        timer = relay.loop.assumeIsolated().scheduleTask(deadline: moment) { [self] in
            timer = nil
            action(self)
        }
    }

    /// Sends some bytes, whose turn begins at a moment.
    ///
    /// - Returns: how many.
    func transmit(at start: NIODeadline) -> Int {
        isInLane = false
        guard !isClosed, let first = line.first, case .bytes(var buffer) = first.freight else { return 0 }
        let count = min(buffer.readableBytes, relay.settings.quantum)
        let passed = connection.pass(count, isUp: isUp)
        guard let part = buffer.readSlice(length: passed) else { return 0 }
        if buffer.readableBytes == 0 {
            line.removeFirst()
            heldBytes -= Self.overhead
        } else {
            line[line.startIndex].freight = .bytes(buffer)
        }
        heldBytes -= passed
        pacer.send(passed, at: start)
        let written = sink.writeAndFlush(part)
        if passed < count || connection.isSpent {
            // It is closed behind the last byte that it may carry.
            let connection = connection
            connection.stop()
            written.assumeIsolated().whenComplete { _ in connection.cut() }
        } else {
            read()
        }
        return passed
    }
}
