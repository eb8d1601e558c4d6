/// A JSON document that can be changed in places while everything else keeps the meaning it was written with.
///
/// Numbers and texts stay as they were written, so none loses digits or escapes. What is encoded has its members sorted
/// by name and no white space: the same on every machine.
///
/// https://www.rfc-editor.org/rfc/rfc8259
indirect enum RawJSON: Hashable, Sendable {
    /// A number, `true`, `false` or `null`, as written.
    case literal(String)
    /// A text: what stands between the quotes, as written.
    case text(String)
    /// A list.
    case array([RawJSON])
    /// An object; its names, without escapes, differ.
    case object([Member])

    /// A name and its value.
    struct Member: Hashable, Sendable {
        /// The name as UTF-8, without escapes: two names are the same when their bytes are.
        let name: [UInt8]
        /// The value.
        var value: RawJSON
    }

    /// A text that is written here: printable ASCII without quotes and backslashes needs no escapes, the rest gets them.
    static func string(_ value: String) -> RawJSON { .text(escaped(Array(value.utf8))) }

    /// A whole number.
    static func number(_ value: Int64) -> RawJSON { .literal("\(value)") }

    /// An object of some members; of two with the same name the later one stays.
    static func members(_ values: [(String, RawJSON)]) -> RawJSON {
        var object = RawJSON.object([])
        for (name, value) in values { object[name] = value }
        return object
    }

    /// The member of an object; nil for anything else.
    ///
    /// Setting nil removes it. Names that differ in case only go as well when a value is set or removed: programs written
    /// in Go take them for the same.
    subscript(name: String) -> RawJSON? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.last { $0.name.elementsEqual(name.utf8) }?.value
        }
        set {
            guard case .object(var members) = self else { return }
            let wanted = name.lowercased()
            members.removeAll { String(decoding: $0.name, as: UTF8.self).lowercased() == wanted }
            if let newValue { members.append(Member(name: Array(name.utf8), value: newValue)) }
            self = .object(members)
        }
    }

    /// The elements of a list; nil for anything else.
    var elements: [RawJSON]? { if case .array(let elements) = self { elements } else { nil } }

    /// Whether this is an object.
    var isObject: Bool { if case .object = self { true } else { false } }

    /// Whether this is `null`.
    var isNull: Bool { self == .literal("null") }

    /// The document as bytes, members sorted by the bytes of their names.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    private func encode(into bytes: inout [UInt8]) {
        switch self {
        case .literal(let text): bytes += text.utf8
        case .text(let text): Self.quote(text, into: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.encode(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.name.lexicographicallyPrecedes($1.name) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.quote(Self.escaped(member.name), into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.encode(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func quote(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        bytes += text.utf8
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escaped(_ utf8: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
