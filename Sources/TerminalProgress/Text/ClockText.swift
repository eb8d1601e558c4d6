package import Foundation

/// Times of day as people and programs read them.
package enum ClockText {
    /// The time of day of this machine: `12:03:10`.
    ///
    /// - Parameter date: the moment.
    /// - Returns: hours, minutes and seconds.
    package static func time(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        localtime_r(&seconds, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    /// A moment to the millisecond, in UTC: `2026-11-21T08:15:23.120Z` (https://www.rfc-editor.org/rfc/rfc3339).
    ///
    /// - Parameter date: the moment.
    /// - Returns: date and time.
    package static func timestamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
