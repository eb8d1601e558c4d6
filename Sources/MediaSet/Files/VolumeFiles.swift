import Synchronization

/// The open volumes of a set: opened when first used, and at most a few at a time, whatever their number.
///
/// A file that was put aside stays open as long as somebody still uses it.
final class VolumeFiles: Sendable {
    private struct State {
        var open: [Int: (file: MediaFile, used: Int)] = [:]
        var clock = 0
    }

    private let paths: [Int: String]
    private let mode: MediaFile.Mode
    private let width: Int
    private let state = Mutex(State())

    /// Names the files.
    ///
    /// - Parameters:
    ///   - paths: where each volume is, by number.
    ///   - mode: how they are opened.
    ///   - width: how many stay open.
    init(_ paths: [Int: String], _ mode: MediaFile.Mode, width: Int = 64) {
        self.paths = paths
        self.mode = mode
        self.width = max(1, width)
    }

    /// The file of a volume; blocks.
    ///
    /// - Throws: `MediaSetError.volumeMissing`; `.fileSystem`.
    func file(_ volume: Int) throws(MediaSetError) -> MediaFile {
        let known = state.withLock { state -> MediaFile? in
            state.clock += 1
            state.open[volume]?.used = state.clock
            return state.open[volume]?.file
        }
        if let known { return known }
        guard let path = paths[volume] else {
            throw MediaSetError(
                .volumeMissing,
                subject: "\(volume)",
                message: "volume \(volume) of the media set is not there"
            )
        }
        let file = try MediaFile(path, mode)
        if mode == .read { file.expectSequentialReads() }
        // Two threads may have opened it at once; the first one's stays, both work.
        return state.withLock { state in
            if let first = state.open[volume] { return first.file }
            if state.open.count >= width, let oldest = state.open.min(by: { $0.value.used < $1.value.used }) {
                state.open[oldest.key] = nil
            }
            state.open[volume] = (file, state.clock)
            return file
        }
    }

    /// Closes a volume once nobody uses it any more, so that the next use opens it again by its path.
    ///
    /// A medium that was taken out and put in again is thus found, which an open file would not.
    func forget(_ volume: Int) {
        state.withLock { $0.open[volume] = nil }
    }
}
