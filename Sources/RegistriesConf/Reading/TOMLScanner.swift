extension RegistriesConfError.Code {
    /// A file is not TOML.
    package static let invalidTOML = Self("invalidTOML")
}

/// Reads the words of a TOML text: blanks, comments, keys, strings, plain scalars.
///
/// https://toml.io/en/v1.0.0
struct TOMLScanner {
    /// The most parts that a dotted key may have; each makes a table inside of another.
    private static let maximumKeyParts = 32

    /// The file's path, for messages.
    let file: String
    /// The line that is read, from 1.
    private(set) var line = 1
    private let text: [UInt8]
    private var position = 0

    /// Begins to read a text.
    ///
    /// - Throws: `RegistriesConfError.invalidTOML` when it is not UTF-8.
    init(_ bytes: [UInt8], file: String) throws(RegistriesConfError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw RegistriesConfError(.invalidTOML, "\(file) is not text in UTF-8")
        }
        text = bytes
        self.file = file
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    /// The error about the line that is read.
    func error(_ problem: String) -> RegistriesConfError {
        RegistriesConfError(.invalidTOML, "\(file):\(line) is not TOML: \(problem)")
    }

    /// The next byte; nil at the end.
    var next: UInt8? { position < text.count ? text[position] : nil }

    /// Goes over a byte if it is the next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Goes over a word if it comes next.
    mutating func take(word: String) -> Bool {
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    /// Goes over blanks.
    mutating func skipBlanks() {
        while let byte = next, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    /// Goes over blanks, comments and ends of lines.
    mutating func skipLines() throws(RegistriesConfError) {
        while true {
            skipBlanks()
            try skipComment()
            guard try takeLineEnd() else { return }
        }
    }

    /// Goes to the next line, or the end of the text; anything but a comment before it is an error.
    mutating func endStatement() throws(RegistriesConfError) {
        skipBlanks()
        try skipComment()
        guard try takeLineEnd() || next == nil else { throw error("something follows where the line should end") }
    }

    private mutating func skipComment() throws(RegistriesConfError) {
        guard take("#") else { return }
        while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
            guard byte >= 0x20 || byte == UInt8(ascii: "\t") else { throw error("a control character in a comment") }
            position += 1
        }
    }

    private mutating func takeLineEnd() throws(RegistriesConfError) -> Bool {
        if take("\r"), next != UInt8(ascii: "\n") { throw error("a carriage return without a line feed") }
        guard take("\n") else { return false }
        line += 1
        return true
    }

    /// Reads a key, with its parts.
    mutating func key() throws(RegistriesConfError) -> [String] {
        var parts: [String] = []
        repeat {
            skipBlanks()
            switch next {
            case UInt8(ascii: "\"")?, UInt8(ascii: "'")?: parts.append(try string(mayHaveLines: false))
            default:
                let start = position
                while let byte = next, Self.isBare(byte) { position += 1 }
                guard position > start else {
                    throw error("a key is missing, or has other characters than A-Z a-z 0-9 _ -")
                }
                parts.append(String(decoding: text[start..<position], as: UTF8.self))
            }
            guard parts.count <= Self.maximumKeyParts else {
                throw error("a key has more than \(Self.maximumKeyParts) parts")
            }
            skipBlanks()
        } while take(".")
        return parts
    }

    /// Goes over a number or a date.
    ///
    /// - Returns: whether there is one.
    mutating func takeNumber() -> Bool {
        let start = position
        _ = take("+") || take("-")
        if take(word: "inf") || take(word: "nan") { return true }
        guard let first = next, Self.isDigit(first) else {
            position = start
            return false
        }
        while let byte = next {
            // A blank may stand between a date and its time.
            let isInside =
                byte == UInt8(ascii: " ") && position - start == 10
                && text[position...].dropFirst().first.map(Self.isDigit) == true
            guard Self.isBare(byte) || ".:+".utf8.contains(byte) || isInside else { break }
            position += 1
        }
        return true
    }

    /// Reads a string of any of the four kinds.
    mutating func string(mayHaveLines: Bool = true) throws(RegistriesConfError) -> String {
        let quote: Unicode.Scalar = next == UInt8(ascii: "'") ? "'" : "\""
        let triple = String(repeating: Character(quote), count: 3)
        var isLong = false
        if mayHaveLines, take(word: triple) {
            isLong = true
            _ = try takeLineEnd()
        } else {
            position += 1
        }
        var bytes: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: quote):
                guard isLong else {
                    position += 1
                    return String(decoding: bytes, as: UTF8.self)
                }
                // Up to two quotes may stand before the three that end it.
                var count = 0
                while count < 5, take(quote) { count += 1 }
                bytes += Array(repeating: byte, count: count < 3 ? count : count - 3)
                if count >= 3 { return String(decoding: bytes, as: UTF8.self) }
            case UInt8(ascii: "\\") where quote == "\"":
                position += 1
                try escape(&bytes, isLong)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                guard isLong else { throw error("a string is not closed on its line") }
                _ = try takeLineEnd()
                bytes.append(UInt8(ascii: "\n"))
            default:
                guard byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t") else {
                    throw error("a control character in a string")
                }
                bytes.append(byte)
                position += 1
            }
        }
        throw error("a string is not closed")
    }

    private mutating func escape(_ bytes: inout [UInt8], _ isLong: Bool) throws(RegistriesConfError) {
        let plain: [(Unicode.Scalar, UInt8)] = [
            ("b", 8), ("t", 9), ("n", 10), ("f", 12), ("r", 13), ("\"", UInt8(ascii: "\"")), ("\\", UInt8(ascii: "\\")),
        ]
        for (name, byte) in plain where take(name) {
            bytes.append(byte)
            return
        }
        if take("u") {
            bytes += try scalar(digits: 4)
            return
        }
        if take("U") {
            bytes += try scalar(digits: 8)
            return
        }
        // A backslash at the end of a line takes that end and all blanks after it away.
        skipBlanks()
        guard isLong, try takeLineEnd() else { throw error("an escape that is none in a string") }
        repeat { skipBlanks() } while try takeLineEnd()
    }

    private mutating func scalar(digits: Int) throws(RegistriesConfError) -> [UInt8] {
        let hex = text[position...].prefix(digits)
        guard hex.count == digits, hex.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: hex, as: UTF8.self), radix: 16), value != 0,
            let scalar = Unicode.Scalar(value)
        else { throw error("an escape that names no character in a string") }
        position += digits
        return Array(String(scalar).utf8)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isBare(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}
