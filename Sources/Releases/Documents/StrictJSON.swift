/// JSON of which nothing is read between the lines: for documents that are trusted once their signature is right.
///
/// RFC 8259, and besides: UTF-8 without byte order mark, no name twice in an object, nothing behind the value but white
/// space, and limits. Names compare by their characters as they are decoded, not by case.
indirect enum StrictJSON: Hashable {
    case object([String: StrictJSON])
    case array([StrictJSON])
    case string(String)
    /// The number as it stands.
    case number(String)
    case bool(Bool)
    case null

    /// The deepest nesting.
    static let maximumDepth = 32

    /// Why a text is not accepted: the second half of a sentence.
    struct Mistake: Error, Hashable {
        let reason: String
    }

    /// Reads a document.
    ///
    /// - Throws: `Mistake`.
    init(decoding bytes: [UInt8]) throws(Mistake) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Mistake(reason: "it is not UTF-8") }
        var reader = Reader(bytes: bytes)
        self = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else {
            throw Mistake(reason: "something follows the document at byte \(reader.position)")
        }
    }
}

extension StrictJSON {
    /// Reads from a place in the text onwards.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private var wrong: Mistake { Mistake(reason: "it is not JSON at byte \(position)") }

        mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            position += 1
            return true
        }

        mutating func value(depth: Int) throws(Mistake) -> StrictJSON {
            guard depth < StrictJSON.maximumDepth else { throw Mistake(reason: "it is nested too deeply") }
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return .object(try object(depth: depth))
            case UInt8(ascii: "["): return .array(try array(depth: depth))
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return .number(try number())
            }
        }

        private mutating func word(_ text: StaticString, _ value: StrictJSON) throws(Mistake) -> StrictJSON {
            let count = text.utf8CodeUnitCount
            let isSame = bytes[position...].prefix(count).elementsEqual(text.description.utf8)
            guard isSame else { throw wrong }
            position += count
            return value
        }

        private mutating func object(depth: Int) throws(Mistake) -> [String: StrictJSON] {
            position += 1
            var members: [String: StrictJSON] = [:]
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            while true {
                skipSpace()
                guard next == UInt8(ascii: "\"") else { throw wrong }
                let name = try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw wrong }
                let member = try value(depth: depth + 1)
                guard members.updateValue(member, forKey: name) == nil else {
                    throw Mistake(reason: "it has \"\(name.prefix(80))\" twice")
                }
                skipSpace()
                if take(UInt8(ascii: "}")) { return members }
                guard take(UInt8(ascii: ",")) else { throw wrong }
            }
        }

        private mutating func array(depth: Int) throws(Mistake) -> [StrictJSON] {
            position += 1
            var items: [StrictJSON] = []
            skipSpace()
            if take(UInt8(ascii: "]")) { return items }
            while true {
                items.append(try value(depth: depth + 1))
                skipSpace()
                if take(UInt8(ascii: "]")) { return items }
                guard take(UInt8(ascii: ",")) else { throw wrong }
            }
        }

        private mutating func string() throws(Mistake) -> String {
            position += 1
            var text: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
                case 0..<0x20:
                    position -= 1
                    throw wrong
                default: text.append(byte)
                }
            }
            throw wrong
        }

        private mutating func escape() throws(Mistake) -> [UInt8] {
            guard let byte = next else { throw wrong }
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0c]
            case UInt8(ascii: "n"): return [0x0a]
            case UInt8(ascii: "r"): return [0x0d]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "u"): return try unicode()
            default: throw wrong
            }
        }

        private mutating func unicode() throws(Mistake) -> [UInt8] {
            var code = try hexadecimal()
            if (0xd800..<0xdc00).contains(code) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw wrong }
                let low = try hexadecimal()
                guard (0xdc00..<0xe000).contains(low) else { throw wrong }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw wrong }
            return Array(String(Character(scalar)).utf8)
        }

        private mutating func hexadecimal() throws(Mistake) -> UInt32 {
            let digits = bytes[position...].prefix(4)
            var code: UInt32 = 0
            guard digits.count == 4 else { throw wrong }
            for digit in digits {
                guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { throw wrong }
                code = code << 4 | UInt32(value)
            }
            position += 4
            return code
        }

        private mutating func number() throws(Mistake) -> String {
            let start = position
            _ = take(UInt8(ascii: "-"))
            if !take(UInt8(ascii: "0")) { try digits() }
            if take(UInt8(ascii: ".")) { try digits() }
            if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
                if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
                try digits()
            }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private mutating func digits() throws(Mistake) {
            let start = position
            while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
            guard position > start else { throw wrong }
        }
    }
}
