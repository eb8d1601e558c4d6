import HTTPTransport

/// Compares a registry's clock with this machine's.
enum ClockComparison {
    /// How far clocks may differ before somebody minds, in seconds.
    static let tolerance: Int64 = 60

    /// What a `Date` field says.
    ///
    /// - Parameters:
    ///   - date: the field of an answer that has just come.
    ///   - unixSeconds: this machine's time.
    /// - Returns: a warning when tokens or certificates may be refused for it.
    static func outcome(date: String?, unixSeconds: Int64) -> CheckOutcome {
        guard let date = date.flatMap({ HTTPDate.unixSeconds($0) }) else {
            return .skipped("its answers have no date")
        }
        let (skew, isTooLarge) = date.subtractingReportingOverflow(unixSeconds)
        let size = isTooLarge ? .max : skew.magnitude
        guard size > UInt64(tolerance) else { return .ok("both clocks show the same time, to \(max(1, size)) s") }
        return .warn(
            "this machine's clock is \(size) s \(skew > 0 ? "behind" : "ahead of") the registry's",
            "set the clocks: tokens and certificates are refused when they differ too much"
        )
    }
}
