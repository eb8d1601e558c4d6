/// What a simulated link between clients and one server is like; without anything set it is as good as none.
///
/// The two directions do not share their rates: the link is duplex, as lines between sites are.
package struct LinkSettings: Hashable, Sendable {
    /// The time there and back: each direction delays what it carries by half of it, and the first byte of a new
    /// connection waits for a whole one before that, as it does for the handshake of TCP.
    package var roundTrip = Duration.zero
    /// The most bytes per second of all connections together, in each direction; nil for no limit.
    package var rate: Int64?
    /// The most bytes per second of one connection, in each direction; nil for no limit.
    package var connectionRate: Int64?
    /// After how many bytes a connection is closed, both directions counted together; nil for never.
    package var cutAfter: Int64?

    /// A link with these properties.
    package init(
        roundTrip: Duration = .zero,
        rate: Int64? = nil,
        connectionRate: Int64? = nil,
        cutAfter: Int64? = nil
    ) {
        self.roundTrip = roundTrip
        self.rate = rate
        self.connectionRate = connectionRate
        self.cutAfter = cutAfter
    }

    /// The largest amount that goes on at once, in bytes: a hundredth of a second's worth, so that slow links are smooth.
    var quantum: Int {
        let slowest = min(rate ?? .max, connectionRate ?? .max)
        return Int(min(64 << 10, max(512, slowest / 100)))
    }

    /// How much one direction of a connection may hold before its sender has to wait, in bytes: what is under way on the
    /// line at the full rate, and some to spare.
    var window: Int {
        let fastest = Double(min(rate ?? .max, connectionRate ?? .max))
        let underWay = fastest * (roundTrip / .seconds(1))
        return Int(min(Double(32 << 20), underWay)) + (512 << 10)
    }
}

/// What a link has carried.
package struct LinkCounts: Hashable, Sendable, Codable {
    /// Connections that clients have opened.
    package internal(set) var connections = 0
    /// How often a connection's client spoke first, or after its server had.
    ///
    /// That is one for each HTTP/1.1 request that waits for the answer to the one before. A client that goes on sending
    /// after an early answer counts twice.
    package internal(set) var requests = 0
    /// Bytes that clients have sent through it.
    package internal(set) var bytesToServer: Int64 = 0
    /// Bytes that the server has sent through it.
    package internal(set) var bytesToClients: Int64 = 0
    /// Connections that it has closed in the middle.
    package internal(set) var cuts = 0
}
