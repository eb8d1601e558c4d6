import DispatchLanes
import OCIModel
import Synchronization

/// The volumes of a set that are there, and the way to those that are not.
///
/// Without a requester the volumes are those found at the beginning. With one, reading a volume that is not there
/// waits: when nobody reads any more, all files are closed, the volume is asked for, and what is there then counts.
final class VolumeExchange: Sendable {
    /// Who is asked, and where volumes are looked for.
    struct Source: Sendable {
        /// Who is asked.
        let requester: any VolumeRequester
        /// Where volumes lie.
        let places: [String]
        /// How long nobody may have read before somebody is asked, so that a read that begins anew finds its volume.
        let quiet: Duration
    }

    private typealias Waiter = CheckedContinuation<VolumeExchangeState.Decision, any Error>

    private struct State {
        var decisions: VolumeExchangeState
        var volumes: [Int: ScannedVolume]
        var files: VolumeFiles
        var waiters: [Int: (volume: Int, waiter: Waiter)] = [:]
        /// Those who were cancelled before they waited.
        var cancelled: Set<Int> = []
        var tickets = 0
        var failure: (any Error)?
    }

    private let set: KnownSet
    private let source: Source?
    private let lanes: DispatchLanes
    private let state: Mutex<State>

    /// Takes the volumes found.
    ///
    /// - Parameters:
    ///   - set: the set.
    ///   - volumes: those that are there, by number.
    ///   - source: where others come from; nil when none do.
    ///   - lanes: where looking for volumes blocks.
    init(_ set: KnownSet, _ volumes: [Int: ScannedVolume], from source: Source?, lanes: DispatchLanes) {
        self.set = set
        self.source = source
        self.lanes = lanes
        state = Mutex(
            State(
                decisions: VolumeExchangeState(present: Set(volumes.keys)),
                volumes: volumes,
                files: VolumeFiles(volumes.mapValues(\.path), .read)
            )
        )
    }

    /// Whether volumes may come later.
    var isOneAtATime: Bool { source != nil }

    /// Who is asked for volumes that are not there; nil when nobody is.
    var requester: (any VolumeRequester)? { source?.requester }

    /// Closes the files, so that a medium can be taken out; they are opened again when they are read.
    func letGo() {
        state.withLock { $0.files = VolumeFiles($0.volumes.mapValues(\.path), .read) }
    }

    /// The volumes that are there now, by number.
    var volumes: [Int: ScannedVolume] { state.withLock { $0.volumes } }

    /// A volume that the caller has entered, opened; blocks.
    ///
    /// - Throws: `MediaSetError.volumeMissing`, `.fileSystem`.
    func open(_ number: Int) throws(MediaSetError) -> (volume: ScannedVolume, file: MediaFile) {
        let (volume, files) = state.withLock { ($0.volumes[number], $0.files) }
        guard let volume else { throw Self.missing(number) }
        return (volume, try files.file(number))
    }

    /// Closes the file of a volume once nobody uses it any more, so that the next use opens it again by its path.
    func forget(_ number: Int) {
        state.withLock { $0.files }.forget(number)
    }

    /// Waits until a volume is there; to be followed by ``leave()``.
    ///
    /// - Throws: `MediaSetError.volumeMissing` when it does not come; what the requester throws; `CancellationError`.
    func enter(_ number: Int) async throws {
        guard let source else {
            guard state.withLock({ $0.volumes[number] }) != nil else { throw Self.missing(number) }
            return
        }
        let ticket = state.withLock { state in
            state.decisions.want(number)
            state.tickets += 1
            return state.tickets
        }
        do {
            while true {
                guard try await decision(number, ticket) == .ask else { return }
                try await exchange(source)
            }
        } catch {
            state.withLock { state in
                state.decisions.stopWanting(number)
                state.cancelled.remove(ticket)
            }
            throw error
        }
    }

    /// Ends what ``enter(_:)`` began: no file of a volume is in use by the caller any more.
    func leave() {
        guard isOneAtATime else { return }
        if state.withLock({ $0.decisions.release() }) { wake() }
    }

    /// Takes note of a volume that cannot be read, if that is because its file is gone; blocks.
    ///
    /// - Returns: whether the file is gone, and the volume can be waited for.
    func isLost(_ number: Int) -> Bool {
        guard isOneAtATime else { return false }
        // Somebody else may have noticed first.
        guard let path = state.withLock({ $0.volumes[number]?.path }) else { return true }
        guard !MediaFolder.isFile(path) else { return false }
        state.withLock { state in
            state.decisions.lose(number)
            state.volumes[number] = nil
            // The others may lie on the same medium; those that are there are opened again.
            state.files = VolumeFiles(state.volumes.mapValues(\.path), .read)
        }
        return true
    }

    /// What to do next; waits until it is something else than to wait.
    private func decision(_ number: Int, _ ticket: Int) async throws -> VolumeExchangeState.Decision {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<VolumeExchangeState.Decision, any Error>? in
                    if state.cancelled.contains(ticket) { return .failure(CancellationError()) }
                    if let failure = state.failure { return .failure(failure) }
                    let decision = state.decisions.next(for: number)
                    guard decision == .wait else { return .success(decision) }
                    state.waiters[ticket] = (number, continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            // It may come before, while or after the task waits; only one of the two resumes it.
            let waiter = state.withLock { state in
                state.cancelled.insert(ticket)
                return state.waiters.removeValue(forKey: ticket)?.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// Asks for the lowest volume that is wanted, and takes in what is there then.
    private func exchange(_ source: Source) async throws {
        do {
            try await Task.sleep(for: source.quiet)
            let number = state.withLock { state -> Int? in
                guard let number = state.decisions.beginAsking() else { return nil }
                // Nobody reads, so that this closes the files: the medium can be taken out.
                state.files = VolumeFiles([:], .read)
                return number
            }
            guard let number else { return wake() }
            let volumes = try await ask(for: number, source)
            state.withLock { state in
                state.volumes = volumes
                state.files = VolumeFiles(volumes.mapValues(\.path), .read)
                state.decisions.endAsking(present: Set(volumes.keys))
            }
            wake()
        } catch {
            state.withLock { state in
                state.files = VolumeFiles(state.volumes.mapValues(\.path), .read)
                state.decisions.endAsking(present: nil)
                if !(error is CancellationError) { state.failure = error }
            }
            wake()
            throw error
        }
    }

    private func ask(for number: Int, _ source: Source) async throws -> [Int: ScannedVolume] {
        let look = { @Sendable [set] in VolumeLook(source.places, for: set) }
        // Somebody may have been quicker than the question.
        var found = try await lanes.run(look)
        var isFirst = true
        while found.volumes[number] == nil {
            try await source.requester.request(
                VolumeRequest(
                    .volume(number),
                    set: set.identifier,
                    volumeCount: set.count,
                    places: source.places,
                    found: isFirst ? [] : found.description
                )
            )
            isFirst = false
            found = try await lanes.run(look)
        }
        return found.volumes
    }

    /// Tells those who wait what they can do now: whoever is granted a volume has it before anybody is asked again.
    private func wake() {
        let resumptions = state.withLock { state -> [(Waiter, Result<VolumeExchangeState.Decision, any Error>)] in
            var resumptions: [(Waiter, Result<VolumeExchangeState.Decision, any Error>)] = []
            for (ticket, (volume, waiter)) in state.waiters.sorted(by: { $0.key < $1.key }) {
                if let failure = state.failure {
                    resumptions.append((waiter, .failure(failure)))
                } else {
                    let decision = state.decisions.next(for: volume)
                    guard decision != .wait else { continue }
                    resumptions.append((waiter, .success(decision)))
                }
                state.waiters[ticket] = nil
            }
            return resumptions
        }
        for (waiter, result) in resumptions { waiter.resume(with: result) }
    }

    private static func missing(_ number: Int) -> MediaSetError {
        MediaSetError(
            .volumeMissing,
            subject: "\(number)",
            message: "volume \(number) of the media set is not there"
        )
    }
}

/// The volume that somebody reads, one at a time; used by one task.
final class VolumeVisit: @unchecked Sendable {
    private let exchange: VolumeExchange
    private var current: Int?

    /// Is nowhere yet; to be followed by ``end()``.
    init(_ exchange: VolumeExchange) {
        self.exchange = exchange
    }

    /// Goes to a volume; waits until it is there.
    ///
    /// - Throws: as `VolumeExchange.enter(_:)`.
    func go(to number: Int) async throws {
        guard current != number else { return }
        end()
        try await exchange.enter(number)
        current = number
    }

    /// Goes to a volume and reads something there, again when the volume was taken away and came back.
    ///
    /// - Throws: as `VolumeExchange.enter(_:)`; what `work` throws.
    func read<Result: Sendable>(
        _ number: Int,
        on lane: DispatchLane,
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        while true {
            try await go(to: number)
            do {
                return try await lane.run(work)
            } catch let error as MediaSetError where error.code == .fileSystem || error.code == .volumeMissing {
                guard try await lane.run({ [exchange] in exchange.isLost(number) }) else { throw error }
                end()
            }
        }
    }

    /// Leaves the volume.
    func end() {
        guard current != nil else { return }
        current = nil
        exchange.leave()
    }
}
