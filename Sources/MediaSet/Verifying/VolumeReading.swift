import Archiving
import DispatchLanes
import OCIModel

/// Reads a volume from front to back once, and hashes its members on all lanes meanwhile.
struct VolumeReading {
    /// What was found out about a member.
    struct Outcome {
        /// The member.
        let member: VolumeRegions.Member
        /// Its check, which has seen all of it that could be read.
        let check: MemberCheck
        /// Its SHA-256; nil when it could not be read as a whole.
        let digest: Digest?
    }

    private struct Window: Sendable {
        let start: Int64
        let count: Int
        let bytes: [UInt8]
        let failure: String?
    }

    /// A window whose parts are being hashed.
    private struct Begun {
        let window: Window
        let jobs: LaneJobs
        /// The members that end in it.
        let finished: [(index: Int, check: MemberCheck)]
    }

    /// How much is read at once, in bytes.
    private static let windowSize: Int64 = 1 << 20
    /// How many windows are hashed at the same time: the hash of a member waits for its own bytes only, so lanes are busy
    /// with the next members meanwhile.
    private static let depth = 16
    /// How far the medium reads ahead, in bytes, so that it never waits for the hashes.
    private static let readAhead: Int64 = 16 << 20

    private let file: MediaFile
    private let map: VolumeRegions
    private let size: Int64
    private let lanes: [DispatchLane]
    private let readLane: DispatchLane
    private let makeCheck: (VolumeRegions.Member) throws -> MemberCheck
    /// What is wrong outside of the members' content.
    private(set) var faults: [String] = []
    /// How many bytes were read.
    private(set) var bytesRead: Int64 = 0
    private var region = 0
    private var header: [UInt8] = []
    private var isHeaderLost = false
    /// The member that is not at its end yet, with the lane that hashes it.
    private var open: (check: MemberCheck, lane: DispatchLane)?
    private var laneCount = 0

    /// Opens a volume; `makeCheck` is called once for each member, in order.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    init(
        _ volume: ScannedVolume,
        _ map: VolumeRegions,
        lanes: [DispatchLane],
        makeCheck: @escaping (VolumeRegions.Member) throws -> MemberCheck
    ) throws {
        file = try MediaFile(volume.path, .read)
        file.expectSequentialReads()
        self.map = map
        size = volume.document.size
        self.lanes = lanes
        self.makeCheck = makeCheck
        readLane = DispatchLane(label: "ferry.media.verify.read")
    }

    /// Reads all of the volume.
    ///
    /// - Parameters:
    ///   - progress: called with the number of bytes read since the last call.
    ///   - ended: called with each member in order.
    /// - Throws: `CancellationError`; `OpenSSLError`; what the closures throw.
    mutating func run(progress: (Int64) -> Void, ended: (Outcome) throws -> Void) async throws {
        var begun: [Begun] = []
        do {
            let (file, size, readLane) = (file, size, readLane)
            var current = try await Self.read(file, 0, size, readLane)
            while current.count > 0 {
                try Task.checkCancellation()
                let next = current.start + Int64(current.count)
                async let following = Self.read(file, next, size, readLane)
                begun.append(try begin(current))
                if begun.count >= Self.depth { try await end(begun.removeFirst(), progress, ended) }
                current = try await following
            }
            while !begun.isEmpty { try await end(begun.removeFirst(), progress, ended) }
        } catch {
            // No job may outlive the run; what else they find does not matter any more.
            for window in begun { try? await window.jobs.wait() }
            throw error
        }
    }

    /// Reads a window; a failure is part of the answer, so that the rest of the volume is still looked at.
    private static func read(
        _ file: MediaFile,
        _ start: Int64,
        _ size: Int64,
        _ lane: DispatchLane
    ) async throws -> Window {
        let count = Int(min(windowSize, size - start))
        return try await lane.run {
            // What was asked for with the window before is under way already.
            file.expectRead(of: windowSize, at: start + readAhead)
            do throws(MediaSetError) {
                let bytes = try file.read(count, at: start)
                let failure = bytes.count < count ? "the file ends too early" : nil
                return Window(start: start, count: count, bytes: bytes, failure: failure)
            } catch {
                return Window(start: start, count: count, bytes: [], failure: error.message)
            }
        }
    }

    /// Cuts a window into what it holds and has the members' parts hashed.
    private mutating func begin(_ window: Window) throws -> Begun {
        if let failure = window.failure, !faults.contains(failure) { faults.append(failure) }
        let jobs = LaneJobs()
        var finished: [(index: Int, check: MemberCheck)] = []
        var position = window.start
        let end = window.start + Int64(window.count)
        while region < map.regions.count {
            let stop = min(end, map.regions[region].end)
            let low = min(Int(position - window.start), window.bytes.count)
            let high = min(Int(stop - window.start), window.bytes.count)
            let isLost = high - low < Int(stop - position)
            switch map.regions[region].content {
            case .zeros:
                if window.bytes[low..<high].contains(where: { $0 != 0 }) {
                    faults.append("bytes \(position) to \(stop) must be zero and are not")
                }
            case .header(let index):
                header += window.bytes[low..<high]
                isHeaderLost = isHeaderLost || isLost
                if stop == map.regions[region].end { checkHeader(of: map.members[index], from: stop) }
            case .member(let index):
                let (check, lane) = try open ?? (makeCheck(map.members[index]), nextLane())
                open = (check, lane)
                if isLost || low < high {
                    jobs.add(to: lane) { try Self.hash(window.bytes, low..<high, isLost: isLost, check) }
                }
                if stop == map.regions[region].end {
                    finished.append((index, check))
                    open = nil
                }
            }
            position = stop
            guard stop == map.regions[region].end else { break }
            region += 1
            if stop == end, region < map.regions.count, map.regions[region].end > end { break }
        }
        return Begun(window: window, jobs: jobs, finished: finished)
    }

    /// The lane for the next member; all parts of a member go to one lane, which keeps their order.
    private mutating func nextLane() -> DispatchLane {
        laneCount += 1
        return lanes[laneCount % lanes.count]
    }

    private static func hash(_ bytes: [UInt8], _ range: Range<Int>, isLost: Bool, _ check: MemberCheck) throws {
        if isLost { check.lost() }
        try bytes.withUnsafeBytes { memory in
            try check.update(UnsafeRawBufferPointer(rebasing: memory[range]))
        }
    }

    /// Waits for the hashes of a window and tells of the members that end in it.
    private mutating func end(
        _ begun: Begun,
        _ progress: (Int64) -> Void,
        _ ended: (Outcome) throws -> Void
    ) async throws {
        try await begun.jobs.wait()
        bytesRead += Int64(begun.window.bytes.count)
        progress(Int64(begun.window.count))
        for (index, check) in begun.finished {
            let member = map.members[index]
            try ended(Outcome(member: member, check: check, digest: try check.finish(size: member.size)))
        }
    }

    /// Compares a header with the member that must follow it.
    private mutating func checkHeader(of member: VolumeRegions.Member, from end: Int64) {
        let bytes = header
        header = []
        // That it could not be read is reported already.
        guard !isHeaderLost else {
            isHeaderLost = false
            return
        }
        do {
            let parsed = try TarHeader.parse { offset, count in
                Array(bytes.dropFirst(Int(clamping: offset)).prefix(count))
            }
            guard let parsed, parsed.size == member.size, parsed.headerSize == Int64(bytes.count),
                parsed.path == member.path || parsed.path.hasPrefix("\(member.path).")
            else {
                faults.append("the tar header before byte \(end) is not that of \(member.path)")
                return
            }
        } catch {
            faults.append("the tar header before byte \(end) is damaged")
        }
    }
}
