/// When and how a blob is read over several connections.
package struct RangeSettings: Hashable, Sendable {
    /// Blobs over this size are read so when it pays, in bytes.
    package var smallestBlob: Int64 = 256 << 20
    /// The most connections for one blob; 1 for never more.
    package var maximumConnections = 4
    /// How many bytes are asked for in one request.
    package var segmentSize: Int64 = 8 << 20
    /// How many bytes may wait in memory for their turn, for all blobs of all registries together.
    package var readAhead: Int64 = 64 << 20
    /// How long the throughput is measured before and after each change.
    package var trial = Duration.seconds(2)
    /// By how much the throughput of all transfers must rise for one more connection to be kept.
    package var gain = 1.2
    /// From how many bytes per second on one connection is fast enough.
    package var fastEnough: Int64 = 150 << 20
    /// Which share of the time must have been spent waiting for the network, at least.
    package var waitingShare = 0.6

    /// The defaults.
    package init() {}
}
