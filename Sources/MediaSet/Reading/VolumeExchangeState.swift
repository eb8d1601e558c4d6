/// The decisions about volumes that come one at a time; no I/O, no clock, no lock.
///
/// Whoever wants to read a volume asks `next` until it is granted. A volume that is not there is asked for when nobody
/// reads any more: by one of those who wait, the asker.
struct VolumeExchangeState {
    /// What somebody who wants a volume does next.
    enum Decision: Equatable {
        /// Read it, then `release`.
        case granted
        /// Be the asker: `beginAsking`, then `endAsking`.
        case ask
        /// Wait until something changes.
        case wait
    }

    /// The volumes that are there.
    private(set) var present: Set<Int>
    /// How many are reading.
    private(set) var readers = 0
    /// How many want each volume and do not read it yet.
    private var wanted: [Int: Int] = [:]
    private var hasAsker = false
    private var isAsking = false

    /// Starts with the volumes that are there.
    init(present: Set<Int>) {
        self.present = present
    }

    /// Notes that somebody wants a volume; ends with `.granted` or `stopWanting`.
    mutating func want(_ volume: Int) {
        wanted[volume, default: 0] += 1
    }

    /// Notes that somebody who was not granted a volume does not want it any more.
    mutating func stopWanting(_ volume: Int) {
        let count = wanted[volume] ?? 0
        wanted[volume] = count > 1 ? count - 1 : nil
    }

    /// What somebody who wants a volume does next.
    mutating func next(for volume: Int) -> Decision {
        if present.contains(volume), !isAsking {
            stopWanting(volume)
            readers += 1
            return .granted
        }
        guard readers == 0, !hasAsker else { return .wait }
        hasAsker = true
        return .ask
    }

    /// Notes that somebody has read; true when those who wait must ask `next` again.
    mutating func release() -> Bool {
        readers -= 1
        return readers == 0 && !wanted.isEmpty
    }

    /// The volume to ask for, the lowest that somebody wants: from now on nobody is granted any.
    ///
    /// Nil when somebody reads again, or nothing is wanted that is not there: then the asker is none any more.
    mutating func beginAsking() -> Int? {
        guard readers == 0, let lowest = wanted.keys.filter({ !present.contains($0) }).min() else {
            hasAsker = false
            return nil
        }
        isAsking = true
        return lowest
    }

    /// Ends the asking, or the intention to; `volumes` are there now, nil when that was not found out.
    mutating func endAsking(present volumes: Set<Int>?) {
        hasAsker = false
        isAsking = false
        if let volumes { present = volumes }
    }

    /// Notes that a volume went away by itself.
    mutating func lose(_ volume: Int) {
        present.remove(volume)
    }
}
