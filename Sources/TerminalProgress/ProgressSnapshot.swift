package import Foundation

/// Everything that can be drawn, at one moment.
package struct ProgressSnapshot: Hashable, Sendable {
    /// A blob on its way.
    package struct Transfer: Hashable, Sendable {
        /// What it is called.
        package var name: String
        /// Its size in bytes.
        package var size: Int64
        /// How much of it has moved, in bytes, 0 to `size` as a rule.
        package var done: Int64
        /// How long nothing of it has moved.
        package var idle = Duration.zero
    }

    /// Something that holds the run up.
    package struct Wait: Hashable, Sendable {
        /// What kind of wait it is.
        package enum Kind: Hashable, Sendable {
            /// Nothing is sent to a host until some moment.
            case pause(RetryNotice.Pause, cause: String)
            /// A host owes answers to so many requests.
            case answer(requests: Int)
            /// Blobs are on their way, and not a byte of any comes in.
            case bytes
            /// Something else, named by the subject.
            case other
        }

        /// The host, the blob, or what else is waited for.
        package var subject: String
        /// The kind.
        package var kind: Kind
        /// How long it has been waited for.
        package var duration: Duration
        /// When it ends, since the reporter was made; nil when nobody knows.
        package var until: Duration?
    }

    /// Time since the reporter was made.
    package var elapsed: Duration
    /// The title of the open phase, nil between phases.
    package var phase: String?
    /// Time since the phase began; zero between phases.
    package var phaseElapsed: Duration
    /// What the phase has to do in all.
    package var totals: ProgressTotals
    /// What is done: images that are complete, blobs and bytes that moved or were there already.
    ///
    /// It never goes back within a phase: bytes that have to move again stay counted, once.
    package var done: ProgressTotals
    /// The images that failed in the phase.
    package var failedImages: Int
    /// The requests that were repeated in the phase.
    package var retries: Int
    /// Bytes per second over the last seconds; nil while there is nothing to measure.
    package var bytesPerSecond: Double?
    /// When the phase's bytes will have moved at the present pace; nil when that cannot be said.
    package var timeLeft: Duration?
    /// What moves now, oldest first.
    package var active: [Transfer]
    /// What holds the run up, the most telling first; empty while things go on.
    package var waits: [Wait] = []
    /// The time of day at which the reporter was made.
    package var start = Date(timeIntervalSince1970: 0)
    /// The bytes among `done` that moved in this phase; the others were there before.
    ///
    /// It never goes back within a phase either.
    package var movedBytes: Int64 = 0
    /// How much of the phase is done, 0 to 1, by bytes, else blobs, else images; nil when no total is known.
    ///
    /// It never goes back within a phase, and is 1 only once all that was known of was done.
    package var fraction: Double?
}

extension ProgressSnapshot {
    /// ``fraction`` in whole per cent; 100 only when all is done.
    package var percent: Int? { fraction.map { Int($0 * 100) } }

    /// The time of day at a moment of the run.
    package func date(at moment: Duration) -> Date { start.addingTimeInterval(moment / .seconds(1)) }

    /// The time of day now.
    package var date: Date { date(at: elapsed) }

    /// One line about the phase: its title, how far it is, and what holds it up.
    package var summary: String {
        let title = LineText.safe(phase ?? ProgressFacts.titleBetweenPhases)
        return "\(title): " + (ProgressFacts.running(self) + ProgressFacts.waits(self)).joined(separator: ", ")
    }
}

/// A transfer that an event is about, with the time it took so far.
package struct TransferRecord: Hashable, Sendable {
    /// What moved.
    package var description: TransferDescription
    /// How many bytes of it are done.
    package var done: Int64
    /// Time since its start.
    package var elapsed: Duration
}
