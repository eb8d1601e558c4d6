/// Seconds since 1970 for people to read.
enum Timestamp {
    /// Such as `2019-04-22 14:35:51 UTC`.
    ///
    /// - Parameter seconds: since 1970; packets know 0 to 2^32 - 1, and sums of two of these.
    /// - Returns: date and time of day.
    static func text(_ seconds: Int64) -> String {
        let (day, second) = (seconds / 86_400, seconds % 86_400)
        // Days are counted from 0000-03-01 on, so that the leap day is the last of its year; 400 years have 146097 days.
        let shifted = day + 719_468
        let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarYear = era * 400 + year + (month >= 10 ? 1 : 0)
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return "\(calendarYear)-\(two(calendarMonth))-\(two(dayOfMonth)) "
            + "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60)) UTC"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
