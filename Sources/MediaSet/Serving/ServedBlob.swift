import DispatchLanes
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto

/// The bytes of a blob on their way from the volumes to one reader.
///
/// A blob that is read from its first to its last byte is hashed on the way, and its last chunk is given only when the
/// digest is right. Chunks grow while the reader takes them at once, as far as the allowance goes, and are small again
/// when it does not.
///
/// One consumer at a time, as for every stream.
final class ServedBlob: @unchecked Sendable {
    /// A reader that takes a chunk within this time is quick.
    private static let promptness = Duration.milliseconds(100)

    private let blob: SetBlob
    private let exchange: VolumeExchange
    private let lane: DispatchLane
    private let allowance: ReadAllowance
    private let clock = ContinuousClock()
    private var rest: Range<Int64>
    private var hasher: ContentHasher?
    private var size = ReadAllowance.small
    private var given: ContinuousClock.Instant?
    /// What was taken for the last two chunks: while one is made, the one before may still wait to be sent.
    private var taken = (last: 0, before: 0)

    /// Starts at the lower end of a range, which must lie inside the blob.
    ///
    /// - Throws: `MediaSetError.volumeMissing`; `OpenSSLError`.
    init(_ blob: SetBlob, _ range: Range<Int64>, of reader: MediaSetReader, _ allowance: ReadAllowance) throws {
        self.blob = blob
        self.allowance = allowance
        try reader.requireVolumes(of: blob)
        exchange = reader.exchange
        lane = reader.lanes.lane()
        rest = range
        let isWhole = range == 0..<blob.descriptor.size
        hasher = isWhole ? try ContentHasher(blob.descriptor.digest.algorithm) : nil
    }

    deinit {
        allowance.give(back: taken.before)
        allowance.give(back: taken.last)
    }

    /// The next chunk; nil at the end.
    ///
    /// - Throws: `MediaSetError.digestMismatch` instead of the last chunk of a damaged blob; `.sizeMismatch` when a
    ///   volume ends too soon; `.fileSystem` when it cannot be read, after which it is opened anew for others.
    func next() async throws -> ByteBuffer? {
        guard !rest.isEmpty else { return nil }
        try Task.checkCancellation()
        let limit = chooseSize()
        do {
            let chunk = try await lane.run { [self] in try read(limit) }
            given = clock.now
            return chunk
        } catch {
            for extent in blob.extents { exchange.forget(extent.volume) }
            throw error
        }
    }

    /// The size of the next chunk, in bytes.
    private func chooseSize() -> Int {
        let isQuick = given.map { clock.now - $0 < Self.promptness } ?? false
        size = isQuick ? min(size * 2, ReadAllowance.large) : ReadAllowance.small
        allowance.give(back: taken.before)
        taken = (allowance.take(size), taken.last)
        // When others have taken all, it begins anew with a size that may fit.
        if taken.last == 0 { size = ReadAllowance.small }
        return size
    }

    /// Reads and hashes a chunk; blocks.
    private func read(_ limit: Int) throws -> ByteBuffer {
        guard let part = MediaSetReader.part(of: blob, at: rest, limit: limit) else { return ByteBuffer() }
        let chunk = try MediaSetReader.read(part, blob, exchange)
        rest = (rest.lowerBound + Int64(chunk.readableBytes))..<rest.upperBound
        try chunk.withUnsafeReadableBytes { bytes in try hasher?.update(bytes) }
        if rest.isEmpty, let digest = try hasher.take()?.finish(), digest != blob.descriptor.digest {
            let numbers = Set(blob.extents.map(\.volume)).sorted().map(String.init).joined(separator: ", ")
            throw MediaSetError(
                .digestMismatch,
                subject: blob.descriptor.digest,
                message:
                    "blob \(blob.descriptor.digest) in volume \(numbers) is damaged: its bytes have another digest; "
                    + "bring that volume again and check it with ferry verify"
            )
        }
        return chunk
    }
}

extension MediaSetReader {
    /// Finds out whether the volumes of a blob can be opened and are long enough, without reading the blob.
    ///
    /// - Throws: `MediaSetError.volumeMissing`, `.fileSystem`; `.sizeMismatch` when a volume has become too short.
    func checkPlaces(of blob: SetBlob) async throws {
        try requireVolumes(of: blob)
        try await lanes.run { [exchange] in
            for extent in blob.extents {
                let (volume, file) = try exchange.open(extent.volume)
                guard try file.sizes().size < volume.blobsOffset + extent.offset + extent.length else { continue }
                exchange.forget(extent.volume)
                throw MediaSetError(
                    .sizeMismatch,
                    subject: blob.descriptor.digest,
                    message: "volume \(extent.volume), \(file.path), has become too short: it ends before or inside "
                        + "\(blob.descriptor.digest)"
                )
            }
        }
    }
}
