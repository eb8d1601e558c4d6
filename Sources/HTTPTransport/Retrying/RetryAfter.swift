/// The value of a `Retry-After` field.
///
/// https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3
package enum RetryAfter {
    /// Reads the time to wait.
    ///
    /// - Parameters:
    ///   - text: the field's value.
    ///   - unixSeconds: the time of day.
    /// - Returns: zero for dates in the past; nil when the text is neither seconds nor a date.
    package static func delay(_ text: String, unixSeconds: Int64) -> Duration? {
        let trimmed = text.drop { $0 == " " }.prefix { $0 != "\r" }
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A number too large for Int64 means "very long"; the policy bounds it.
            return .seconds(Int64(trimmed) ?? Int64(Int32.max))
        }
        guard let date = HTTPDate.unixSeconds(String(trimmed)) else { return nil }
        return .seconds(max(0, date - unixSeconds))
    }
}

/// Dates as HTTP writes them.
package enum HTTPDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT` and the two obsolete forms; nil for anything else.
    package static func unixSeconds(_ text: String) -> Int64? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map { $0.lowercased() }
        let clock: String
        let (day, month, year): (Int64?, String, Int64?)
        switch words.count {
        // Sun 06 Nov 1994 08:49:37 GMT, and Sunday 06 Nov 94 08:49:37 GMT
        case 6: (day, month, year, clock) = (Int64(words[1]), words[2], Int64(words[3]), words[4])
        // Sun Nov 6 08:49:37 1994
        case 5: (day, month, year, clock) = (Int64(words[2]), words[1], Int64(words[4]), words[3])
        default: return nil
        }
        let parts = clock.split(separator: ":").compactMap { Int64($0) }
        guard let day, var year, let monthIndex = months.firstIndex(of: month), parts.count == 3,
            (1...31).contains(day), (0..<24).contains(parts[0]), (0..<60).contains(parts[1]),
            (0...60).contains(parts[2])
        else { return nil }
        if (0..<100).contains(year) { year += year < 70 ? 2_000 : 1_900 }
        guard (1_970...9_999).contains(year) else { return nil }
        return days(year: year, month: Int64(monthIndex) + 1, day: day) * 86_400 + parts[0] * 3_600 + parts[1] * 60
            + parts[2]
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
