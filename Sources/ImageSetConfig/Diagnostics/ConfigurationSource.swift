/// A configuration file as it was read: the bytes for digests and copies, the lines for messages.
package struct ConfigurationSource: Hashable, Sendable {
    /// The name to show in messages.
    package let fileName: String
    /// The file's bytes, unchanged.
    package let bytes: [UInt8]

    /// Keeps a file's bytes.
    package init(fileName: String, bytes: [UInt8]) {
        self.fileName = fileName
        self.bytes = bytes
    }

    /// The text of the given lines, without line ends; invalid UTF-8 is repaired, lines past the end are missing.
    ///
    /// - Parameter numbers: Line numbers from 1.
    /// - Returns: The text by line number.
    package func lines(_ numbers: Set<Int>) -> [Int: String] {
        var found: [Int: String] = [:]
        var number = 1
        var line = String.UnicodeScalarView()
        var isWanted = numbers.contains(1)
        var previous: Unicode.Scalar?
        var text = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        if text.first == "\u{FEFF}" { text = text.dropFirst() }
        for scalar in text {
            defer { previous = scalar }
            guard Self.isLineBreak(scalar) else {
                if isWanted { line.append(scalar) }
                continue
            }
            if scalar == "\n", previous == "\r" { continue }
            if isWanted { found[number] = String(line) }
            if found.count == numbers.count { return found }
            line = String.UnicodeScalarView()
            number += 1
            isWanted = numbers.contains(number)
        }
        if isWanted { found[number] = String(line) }
        return found
    }

    /// Whether YAML 1.1 ends a line here, https://yaml.org/spec/1.1/#id871136.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }
}
