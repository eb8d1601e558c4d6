/// What a registry, or a proxy before it, was found to allow of uploads: a hint that may be out of date.
package struct UploadLimits: Hashable, Sendable {
    /// The largest body that is sent in one request, in bytes; nil while any size passed.
    package private(set) var largestBody: Int64?
    /// Whether connections were cut in the middle, so that each body goes on one of its own.
    package private(set) var cutsConnections: Bool
    /// Whether sessions are lost between requests, so that a blob must go in one.
    package private(set) var takesWholeBlobsOnly: Bool

    /// Nothing is known, or what an earlier run has learnt; a body of no size says nothing.
    package init(largestBody: Int64? = nil, cutsConnections: Bool = false, takesWholeBlobsOnly: Bool = false) {
        self.largestBody = largestBody.flatMap { $0 > 0 ? $0 : nil }
        self.cutsConnections = cutsConnections && self.largestBody != nil
        self.takesWholeBlobsOnly = takesWholeBlobsOnly
    }

    /// A body of some bytes did not pass, and one of `next` bytes is to be tried.
    ///
    /// Several uploads learn at once: who was refused more than what is tried by now has nothing to add.
    ///
    /// - Parameters:
    ///   - length: how long the body was, in bytes.
    ///   - next: what is tried next, in bytes.
    ///   - isCut: whether the connection was cut.
    mutating func failed(_ length: Int64, next: Int64, isCut: Bool) {
        if isCut { cutsConnections = true }
        guard largestBody.map({ length <= $0 }) ?? true else { return }
        largestBody = next
    }

    /// A body of some bytes passed.
    mutating func passed(_ length: Int64) {
        guard let largestBody, length > largestBody else { return }
        self.largestBody = length
    }

    /// A blob passed as a whole whose parts had been lost, or was refused as a whole.
    mutating func takesWholeBlobsOnly(_ value: Bool) { takesWholeBlobsOnly = value }
}

/// How blobs are cut into requests.
package struct ChunkingSettings: Hashable, Sendable {
    /// Blobs over this size go in chunks, whatever is known of the registry; in bytes.
    package var largeBlobSize: Int64 = 1 << 30
    /// The first chunk of a large blob, in bytes.
    package var firstChunk: Int64 = 64 << 20
    /// The bounds of further chunks of large blobs, in bytes.
    package var chunks: ClosedRange<Int64> = (16 << 20)...(512 << 20)
    /// How long a chunk of a large blob should be under way: proxies cut requests of some minutes.
    package var chunkTime = Duration.seconds(60)
    /// The smallest chunk that is tried after refusals and cuts, in bytes.
    package var smallestChunk: Int64 = 256 << 10
    /// From how many bytes on a cut connection tells something about its host; in bytes; others happen by chance.
    package var tellingCut: Int64 = 8 << 20

    /// The defaults.
    package init() {}
}
