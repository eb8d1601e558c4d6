import ArgumentParser

/// A span of time as users write it: `500ms`, `2s`, `10m`, `1h30m`; a plain number means seconds.
package struct TimeSpan: Hashable, Sendable, ExpressibleByArgument {
    /// The span, at least zero.
    package let duration: Duration

    /// Takes a span of at least zero.
    init(_ duration: Duration) {
        self.duration = duration
    }

    /// Parses a sum of numbers with units h, m, s and ms.
    ///
    /// - Parameter argument: the text; nil comes back when it is no span or over a year.
    package init?(argument: String) {
        if let seconds = Double(argument), seconds >= 0, seconds < Self.limit {
            duration = .seconds(seconds)
            return
        }
        let units: [String: Double] = ["h": 3600, "m": 60, "s": 1, "ms": 0.001]
        var rest = Substring(argument)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = units[String(unit)] else { return nil }
            total += value * factor
        }
        guard total < Self.limit else { return nil }
        duration = .seconds(total)
    }

    /// A span as users write it, in the largest unit that leaves no fraction; milliseconds are the smallest.
    static func text(_ duration: Duration) -> String {
        let milliseconds = Int64((duration / .milliseconds(1)).rounded())
        if milliseconds % 1000 != 0 { return "\(milliseconds)ms" }
        return milliseconds % 60_000 == 0 && milliseconds > 60_000
            ? "\(milliseconds / 60_000)m" : "\(milliseconds / 1000)s"
    }

    /// No values to complete.
    package static var allValueStrings: [String] { [] }

    private static let limit = 366.0 * 86_400
}
