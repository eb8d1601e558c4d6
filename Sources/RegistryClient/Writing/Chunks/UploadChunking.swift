/// Decides how many bytes of a blob the next request of its upload carries.
///
/// Normally all: one request is what most registries get right, and costs least. Chunks are for blobs over 1 GiB, after a
/// 413, and where a request that broke off took its session with it. A registry that keeps what it got needs none of
/// that: its session goes on at the byte.
struct UploadChunking: Sendable {
    /// A request that broke off.
    struct Cut: Sendable {
        /// How long its body was, in bytes.
        let length: Int64
        /// How much of it was handed to the connection, in bytes; less came through.
        let sent: Int64
    }

    private let size: Int64
    private let settings: ChunkingSettings
    /// The least that the registry takes in a chunk that is not the last.
    private var minimum: Int64 = 0
    /// What cuts too short to tell about the host were answered with, for this blob alone.
    private var ownLimit: Int64?
    /// What can be sent while a token lives, for this blob alone.
    private var tokenLimit: Int64?
    private var shortCuts = 0
    private var longestCut: Int64 = 0
    /// What passes in a minute, for large blobs.
    private var pace: Int64
    /// Whether a session that nothing had happened to was gone, so that the blob goes as a whole.
    private(set) var isVanished = false

    /// Begins with a blob of some bytes.
    init(_ size: Int64, _ settings: ChunkingSettings) {
        self.size = size
        self.settings = settings
        pace = settings.firstChunk
    }

    /// A session was opened; `minimum` is the `OCI-Chunk-Min-Length` of the answer.
    ///
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
    mutating func opened(minimum: Int64?) { self.minimum = max(0, minimum ?? 0) }

    /// Where the request that begins at a byte ends.
    ///
    /// - Parameters:
    ///   - offset: in bytes, from 0 to the blob's size.
    ///   - limits: what is known of the registry.
    /// - Returns: in bytes, behind `offset` unless that is the blob's end.
    func end(from offset: Int64, _ limits: UploadLimits) -> Int64 {
        let rest = size - offset
        guard rest > 0, !isWhole(limits) else { return size }
        var length = limits.largestBody ?? .max
        if let ownLimit { length = min(length, ownLimit) }
        if let tokenLimit { length = min(length, tokenLimit) }
        if size > settings.largeBlobSize { length = min(length, pace) }
        length = max(length, minimum, settings.smallestChunk, 1)
        return length >= rest ? size : offset + length
    }

    /// Whether each request is to go on a connection of its own, which carries nothing else before a cut.
    func wantsFreshConnections(_ limits: UploadLimits) -> Bool { limits.cutsConnections || ownLimit != nil }

    /// A body passed.
    mutating func passed(_ length: Int64, in time: Duration) {
        shortCuts = 0
        let seconds = time / .seconds(1)
        guard seconds > 0, length > 0 else { return }
        let bytes = Double(length) / seconds * (settings.chunkTime / .seconds(1))
        // Beyond the bounds the exact number is of no interest, nor would it always fit.
        pace = Int64(min(max(bytes, Double(settings.chunks.lowerBound)), Double(settings.chunks.upperBound)))
    }

    /// A body was refused as too large (413).
    ///
    /// - Parameters:
    ///   - length: its length in bytes.
    ///   - limits: what is known of the registry.
    /// - Returns: false when nothing smaller can be tried.
    mutating func refused(_ length: Int64, _ limits: inout UploadLimits) -> Bool {
        // Neither as a whole nor in parts.
        guard !isVanished else { return false }
        if limits.takesWholeBlobsOnly {
            // That may have been true of an earlier day.
            limits.takesWholeBlobsOnly(false)
        }
        let smallest = max(settings.smallestChunk, minimum)
        guard length > smallest else { return false }
        limits.failed(length, next: max(length / 2, smallest), isCut: false)
        return true
    }

    /// A request broke off, and its session was lost with what it held.
    mutating func lost(_ cut: Cut, _ limits: inout UploadLimits) {
        guard !isWhole(limits), cut.length > settings.smallestChunk else { return }
        longestCut = max(longestCut, cut.sent)
        guard cut.sent < settings.tellingCut else {
            limits.failed(cut.length, next: smaller(than: cut, limits), isCut: true)
            return
        }
        shortCuts += 1
        if shortCuts >= 2 { ownLimit = min(ownLimit ?? .max, smaller(than: cut, limits)) }
    }

    /// A token's time was over before a body of some bytes was taken.
    mutating func expired(_ length: Int64) {
        tokenLimit = max(settings.smallestChunk, min(tokenLimit ?? .max, length) / 2)
    }

    /// A session was gone, or its bytes worthless, although no request of it had broken off.
    mutating func vanished() { isVanished = true }

    /// The blob is complete.
    func completed(_ limits: inout UploadLimits) {
        if isVanished { limits.takesWholeBlobsOnly(true) }
    }

    /// Half of what seems to have passed, since some of that lay in buffers only.
    ///
    /// A chunk that is cut although it is that small had bad luck, or a connection that had carried others.
    private func smaller(than cut: Cut, _ limits: UploadLimits) -> Int64 {
        let limit = min(limits.largestBody ?? .max, ownLimit ?? .max)
        let isLimited = limit < .max && cut.length <= limit
        return max(settings.smallestChunk, isLimited ? cut.length / 2 : min(longestCut, cut.length) / 2)
    }

    private func isWhole(_ limits: UploadLimits) -> Bool { isVanished || limits.takesWholeBlobsOnly }
}
