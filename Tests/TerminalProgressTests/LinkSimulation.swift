import Foundation

@testable import TerminalProgress

/// A steady link that is shared by several transfers, each of which begins and ends with requests that cost time.
struct LinkSimulation {
    /// The blobs in the order in which they begin, in bytes.
    var sizes: [Int64]
    /// Bytes per second of all transfers together.
    var rate: Double
    /// Bytes per second of one transfer at most.
    var ratePerTransfer = Double.infinity
    /// How many transfers run at a time.
    var width = 8
    /// Requests before the transfer is known to the reporter (is it there already?), before its first byte, and after its
    /// last one, in seconds.
    var before = 0.04
    var opening = 0.12
    var closing = 0.08
    /// The part of each of the first blobs that was there before and need not move.
    var resumed = 0.0

    private struct Running {
        let index: Int
        var meter: TransferMeter?
        var phase = 0
        var wait: Double
        var left: Double
    }

    /// What was estimated when, and how it was.
    struct Estimate {
        let share: Double
        let left: Double?
        let elapsed: Double
    }

    /// Runs to the end; estimates are taken ten times a second.
    ///
    /// - Returns: the estimates, and the time that everything took.
    func run(_ clock: ManualClock, _ reporter: ProgressReporter) -> (estimates: [Estimate], seconds: Double) {
        let step = 0.02
        let total = sizes.reduce(0, +)
        reporter.report(.phaseStarted(title: "Moving"))
        reporter.report(.totals(ProgressTotals(images: 1, blobs: sizes.count, bytes: total)))
        var running: [Running] = []
        var next = 0
        var time = 0.0
        var estimates: [Estimate] = []
        var ticks = 0
        while next < sizes.count || !running.isEmpty {
            while running.count < width, next < sizes.count {
                let size = Double(sizes[next])
                running.append(Running(index: next, wait: before, left: size * (next < width ? 1 - resumed : 1)))
                next += 1
            }
            let flowing = running.count { $0.phase == 2 }
            let share = min(rate / Double(max(1, flowing)), ratePerTransfer) * step
            for index in running.indices { advance(&running[index], step, share, reporter) }
            running.removeAll { $0.phase == 4 }
            clock.advance(.seconds(step))
            time += step
            ticks += 1
            if ticks.isMultiple(of: 5) {
                let snapshot = reporter.snapshotNow
                estimates.append(
                    Estimate(
                        share: Double(snapshot.done.bytes) / Double(max(1, total)),
                        left: snapshot.timeLeft.map { $0 / .seconds(1) },
                        elapsed: time
                    )
                )
            }
        }
        return (estimates, time)
    }

    private func advance(_ one: inout Running, _ step: Double, _ share: Double, _ reporter: ProgressReporter) {
        switch one.phase {
        case 0, 1, 3:
            one.wait -= step
            guard one.wait <= 0 else { return }
            switch one.phase {
            case 0:
                let meter = reporter.startBlob(TransferDescription(name: "\(one.index)", size: sizes[one.index]))
                one.meter = meter
                one.wait = opening
            case 1: one.meter?.resume(at: sizes[one.index] - Int64(one.left))
            default: one.meter?.finish()
            }
            one.phase += 1
        default:
            let bytes = min(one.left, share)
            one.left -= bytes
            one.meter?.advance(by: Int(bytes))
            guard one.left < 1 else { return }
            one.phase = 3
            one.wait = closing
        }
    }
}
