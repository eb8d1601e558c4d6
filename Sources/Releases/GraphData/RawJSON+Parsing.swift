extension RawJSON {
    /// How deep lists and objects may be nested.
    static let maximumDepth = 64

    /// Why a document is no JSON: the second half of a sentence.
    struct Mistake: Error, Hashable {
        let reason: String
    }

    /// Parses a document by the letter of the format.
    ///
    /// Of members with the same name the last one counts, as for most readers.
    ///
    /// - Parameter bytes: the document; the caller bounds its size.
    /// - Throws: `Mistake` with the position of the byte at fault.
    init(parsing bytes: [UInt8]) throws(Mistake) {
        var parser = Parser(bytes: bytes)
        self = try parser.document()
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        mutating func document() throws(Mistake) -> RawJSON {
            guard String(validating: bytes, as: UTF8.self) != nil else { throw Mistake(reason: "it is not UTF-8") }
            let value = try value(depth: 0)
            skipSpace()
            guard position == bytes.count else { throw mistake("has more after its end") }
            return value
        }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private func mistake(_ reason: String) -> Mistake { Mistake(reason: "it \(reason) (byte \(position))") }

        private mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard next == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        private mutating func value(depth: Int) throws(Mistake) -> RawJSON {
            guard depth < RawJSON.maximumDepth else {
                throw mistake("is nested more than \(RawJSON.maximumDepth) deep")
            }
            if take("{") { return try object(depth: depth) }
            if take("[") { return try array(depth: depth) }
            if next == UInt8(ascii: "\"") { return .text(String(decoding: try text(), as: UTF8.self)) }
            return try literal()
        }

        private mutating func object(depth: Int) throws(Mistake) -> RawJSON {
            var places: [[UInt8]: Int] = [:]
            var members: [Member] = []
            if take("}") { return .object([]) }
            repeat {
                skipSpace()
                guard next == UInt8(ascii: "\"") else { throw mistake("lacks the name of a member") }
                let name = try unescaped(text())
                guard take(":") else { throw mistake("lacks a colon") }
                let value = try value(depth: depth + 1)
                if let place = places[name] {
                    members[place].value = value
                } else {
                    places[name] = members.count
                    members.append(Member(name: name, value: value))
                }
            } while take(",")
            guard take("}") else { throw mistake("has an object without an end") }
            return .object(members)
        }

        private mutating func array(depth: Int) throws(Mistake) -> RawJSON {
            var elements: [RawJSON] = []
            if take("]") { return .array([]) }
            repeat { elements.append(try value(depth: depth + 1)) } while take(",")
            guard take("]") else { throw mistake("has a list without an end") }
            return .array(elements)
        }

        /// What stands between the quotes; escapes are checked and kept.
        private mutating func text() throws(Mistake) -> ArraySlice<UInt8> {
            position += 1
            let start = position
            while let byte = next {
                switch byte {
                case UInt8(ascii: "\""):
                    position += 1
                    return bytes[start..<position - 1]
                case UInt8(ascii: "\\"):
                    position += 1
                    try checkEscape()
                case 0..<0x20: throw mistake("has a control character in a text")
                default: position += 1
                }
            }
            throw mistake("has a text without an end")
        }

        private mutating func checkEscape() throws(Mistake) {
            guard let byte = next, "\"\\/bfnrtu".utf8.contains(byte) else { throw mistake("has an unknown escape") }
            position += 1
            guard byte == UInt8(ascii: "u") else { return }
            guard bytes[position...].prefix(4).count(where: { Self.hexValue($0) != nil }) == 4 else {
                throw mistake("has an unknown escape")
            }
            position += 4
        }

        private static func hexValue(_ byte: UInt8) -> UInt32? {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
            default: nil
            }
        }

        /// A name without its escapes, which ``checkEscape()`` has found right.
        private func unescaped(_ text: ArraySlice<UInt8>) throws(Mistake) -> [UInt8] {
            guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
            var units: [UInt16] = []
            var rest = text
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
                    // A character of several bytes goes over as a whole.
                    let tail = rest.prefix { $0 & 0xc0 == 0x80 }
                    units += String(decoding: [byte] + tail, as: UTF8.self).utf16
                    rest = rest.dropFirst(tail.count)
                    continue
                }
                switch kind {
                case UInt8(ascii: "b"): units.append(0x08)
                case UInt8(ascii: "f"): units.append(0x0c)
                case UInt8(ascii: "n"): units.append(0x0a)
                case UInt8(ascii: "r"): units.append(0x0d)
                case UInt8(ascii: "t"): units.append(0x09)
                case UInt8(ascii: "u"):
                    let value = rest.prefix(4).reduce(UInt32(0)) { $0 << 4 | (Self.hexValue($1) ?? 0) }
                    units.append(UInt16(truncatingIfNeeded: value))
                    rest = rest.dropFirst(4)
                default: units.append(UInt16(kind))
                }
            }
            guard let name = String(validating: units, as: UTF16.self) else {
                throw mistake("has half a surrogate pair in a name")
            }
            return Array(name.utf8)
        }

        private mutating func literal() throws(Mistake) -> RawJSON {
            let start = position
            while let byte = next, !",]} \t\r\n".utf8.contains(byte) { position += 1 }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            guard ["true", "false", "null"].contains(text) || Self.isNumber(bytes[start..<position]) else {
                throw mistake(text.isEmpty ? "ends too early or lacks a value" : "has a value that is none")
            }
            return .literal(text)
        }

        private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
            var rest = bytes
            func digits() -> Int {
                let count = rest.prefix { (0x30...0x39).contains($0) }.count
                rest = rest.dropFirst(count)
                return count
            }
            if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            let hasLeadingZero = rest.first == UInt8(ascii: "0")
            let whole = digits()
            guard whole > 0, !hasLeadingZero || whole == 1 else { return false }
            if rest.first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
                guard digits() > 0 else { return false }
            }
            if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
                rest = rest.dropFirst()
                if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
                guard digits() > 0 else { return false }
            }
            return rest.isEmpty
        }
    }
}
