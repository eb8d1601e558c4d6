/// Sizes and rates as people read them.
package enum SizeText {
    private static let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]

    /// A size in units of powers of 1000 with three significant digits: `999 B`, `1.74 GB`, `120 GB`.
    ///
    /// - Parameter bytes: the size in bytes; below zero counts as zero.
    /// - Returns: number, space, unit.
    package static func size(_ bytes: Int64) -> String {
        guard bytes >= 1_000 else { return "\(max(0, bytes)) B" }
        var unit = 1
        var divisor: Int64 = 1_000
        // 999.5 of a unit and more would round to four digits.
        while unit < units.count - 1,
            bytes / divisor >= 1_000 || (bytes / divisor == 999 && rounded(bytes, divisor) == nil)
        {
            unit += 1
            divisor *= 1_000
        }
        return "\(rounded(bytes, divisor) ?? "\(bytes / divisor)") \(units[unit])"
    }

    /// A rate, such as `52.1 MB/s`.
    ///
    /// - Parameter bytesPerSecond: the rate; what is no number counts as zero.
    /// - Returns: number, space, unit.
    package static func rate(_ bytesPerSecond: Double) -> String {
        let isSensible = bytesPerSecond >= 0 && bytesPerSecond < 1e18
        return size(isSensible ? Int64(bytesPerSecond) : 0) + "/s"
    }

    /// The quotient with three significant digits; nil when it rounds to 1000.
    private static func rounded(_ bytes: Int64, _ divisor: Int64) -> String? {
        let whole = bytes / divisor
        let decimals = whole >= 100 ? 0 : whole >= 10 ? 1 : 2
        let step: Int64 = decimals == 0 ? 1 : decimals == 1 ? 10 : 100
        // In thousandths of the unit first, because bytes times 100 might overflow.
        let thousandths = bytes / (divisor / 1_000)
        let scaled = (thousandths * step + 500) / 1_000
        guard scaled < 1_000 * step else { return nil }
        guard decimals > 0 else { return "\(scaled)" }
        // 9.995 rounds to 10.00 and is written with one decimal less.
        if scaled >= 1_000 { return decimals == 2 ? "\(scaled / 100).\(scaled / 10 % 10)" : "\(scaled / 10)" }
        let fraction = String(scaled % step)
        return "\(scaled / step)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
