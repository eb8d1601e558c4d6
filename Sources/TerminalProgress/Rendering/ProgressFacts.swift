/// The pieces of a line about a whole phase, shared by all forms for people.
enum ProgressFacts {
    /// What stands in for the title between phases.
    static let titleBetweenPhases = "Working"

    /// What is to be said about a phase that runs, the most important first.
    static func running(_ snapshot: ProgressSnapshot) -> [String] {
        var facts: [String] = []
        if let percent = snapshot.percent { facts.append("\(percent)%") }
        if snapshot.totals.bytes > 0 || snapshot.done.bytes > 0 {
            facts.append(
                ratio(
                    SizeText.size(snapshot.done.bytes),
                    snapshot.totals.bytes > 0 ? SizeText.size(snapshot.totals.bytes) : nil
                )
            )
            if let rate = snapshot.bytesPerSecond { facts.append(SizeText.rate(rate)) }
        }
        if let left = snapshot.timeLeft { facts.append("\(DurationText.duration(left)) left") }
        if snapshot.failedImages > 0 { facts.append("\(snapshot.failedImages) failed") }
        facts += counts(snapshot)
        if snapshot.retries > 0 { facts.append("retries \(snapshot.retries)") }
        facts.append(
            "\(DurationText.duration(snapshot.phase == nil ? snapshot.elapsed : snapshot.phaseElapsed)) so far"
        )
        return facts
    }

    /// What is to be said about a phase at its end.
    static func ended(_ snapshot: ProgressSnapshot) -> String {
        var facts = counts(snapshot)
        if snapshot.done.bytes > 0 { facts.append(SizeText.size(snapshot.done.bytes) + movement(snapshot)) }
        if snapshot.failedImages > 0 { facts.append("\(snapshot.failedImages) failed") }
        if snapshot.retries > 0 { facts.append("retries \(snapshot.retries)") }
        let took = "in \(DurationText.precise(snapshot.phaseElapsed))"
        let title = LineText.safe(snapshot.phase ?? titleBetweenPhases)
        return "\(title): done \(took)" + (facts.isEmpty ? "" : ": " + facts.joined(separator: ", "))
    }

    /// A line about an image that failed.
    static func failure(_ name: String, _ reason: String) -> String {
        "Failed: \(LineText.safe(name)): \(LineText.safe(reason))"
    }

    /// How fast the part of the bytes moved that was not there before.
    private static func movement(_ snapshot: ProgressSnapshot) -> String {
        let seconds = snapshot.phaseElapsed / .seconds(1)
        // A rate over a blink means nothing.
        guard snapshot.movedBytes > 0, seconds >= 0.1 else { return "" }
        let rate = SizeText.rate(Double(snapshot.movedBytes) / seconds)
        return snapshot.movedBytes < snapshot.done.bytes
            ? " (\(SizeText.size(snapshot.movedBytes)) moved, at \(rate))" : " at \(rate)"
    }

    private static func counts(_ snapshot: ProgressSnapshot) -> [String] {
        [
            ("images", snapshot.done.images, snapshot.totals.images),
            ("blobs", snapshot.done.blobs, snapshot.totals.blobs),
        ].compactMap { name, done, total in
            done > 0 || total > 0 ? "\(name) " + ratio("\(done)", total > 0 ? "\(total)" : nil) : nil
        }
    }

    private static func ratio(_ done: String, _ total: String?) -> String { total.map { "\(done) of \($0)" } ?? done }
}
