/// Durations as people read them.
package enum DurationText {
    /// A duration in its two largest units: `45s`, `1m 02s`, `2h 03m`, `3d 04h`.
    ///
    /// - Parameter duration: the duration, cut to whole seconds; below zero counts as zero.
    /// - Returns: the text.
    package static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m \(twoDigits(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3_600)h \(twoDigits(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d \(twoDigits(seconds / 3_600 % 24))h"
        }
    }

    /// The same, with a tenth of a second below ten seconds: `0.4s`.
    ///
    /// - Parameter duration: the duration; below zero counts as zero.
    /// - Returns: the text.
    package static func precise(_ duration: Duration) -> String {
        let tenths = max(0, (duration / .milliseconds(100)).rounded())
        guard tenths < 100 else { return self.duration(duration) }
        return "\(Int(tenths) / 10).\(Int(tenths) % 10)s"
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
