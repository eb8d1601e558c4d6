import ArgumentParser

/// A number of bytes as users write it: `1.7GB`, `4GiB`, `4095MiB`, `10M`, `1000`.
package struct ByteSize: Hashable, Sendable, ExpressibleByArgument {
    /// The number of bytes, at least 0.
    package let bytes: Int64

    /// Takes a number of bytes.
    init(bytes: Int64) {
        self.bytes = bytes
    }

    /// Parses a number with an optional unit: B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (of 1024).
    ///
    /// - Parameter argument: the text; nil comes back when it is no size or is over 2^50 bytes.
    package init?(argument: String) {
        let text = argument.trimmingPrefix(" ")
        let number = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(number.count).trimmingPrefix(" ").lowercased()
        let factors: [String: Double] = [
            "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
            "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        guard let value = Double(number), let factor = factors[unit] else { return nil }
        let bytes = (value * factor).rounded(.down)
        guard bytes >= 0, bytes <= 1_125_899_906_842_624 else { return nil }
        self.bytes = Int64(bytes)
    }

    /// No values to complete.
    package static var allValueStrings: [String] { [] }

    /// The size as the help shows it.
    package var defaultValueDescription: String { Self.text(bytes) }

    /// The size with three significant digits and a unit of 1000.
    static func text(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : "\(threeDigits(value)) \(units[unit])"
    }

    private static func threeDigits(_ value: Double) -> String {
        let places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        let scale = [1.0, 10.0, 100.0][places]
        let scaled = Int64((value * scale).rounded())
        guard places > 0 else { return "\(scaled)" }
        let fraction = String(scaled % Int64(scale))
        return "\(scaled / Int64(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
