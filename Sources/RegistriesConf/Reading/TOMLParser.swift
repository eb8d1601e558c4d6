/// Makes tables of a TOML text.
///
/// Ferry reads TOML by itself: what it needs of it is little, and the parsers that there are end the program on some
/// malformed files or keep no lines. https://toml.io/en/v1.0.0
struct TOMLParser {
    /// How deep arrays and inline tables may lie in each other.
    private static let maximumDepth = 32

    private var scanner: TOMLScanner
    private let root = TOMLTable(line: 1, origin: .header)

    /// Parses a document.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - file: its path, for messages.
    /// - Returns: the table of its top-level keys.
    /// - Throws: `RegistriesConfError.invalidTOML` with file and line.
    static func parse(_ bytes: [UInt8], file: String) throws(RegistriesConfError) -> TOMLTable {
        var parser = TOMLParser(scanner: try TOMLScanner(bytes, file: file))
        try parser.document()
        return parser.root
    }

    private init(scanner: TOMLScanner) { self.scanner = scanner }

    private mutating func document() throws(RegistriesConfError) {
        var table = root
        while true {
            try scanner.skipLines()
            guard scanner.next != nil else { return }
            if scanner.take("[") {
                table = try header()
            } else {
                try pair(in: table, depth: 0)
            }
            try scanner.endStatement()
        }
    }

    /// What follows the first bracket of `[key]` or `[[key]]`.
    private mutating func header() throws(RegistriesConfError) -> TOMLTable {
        let line = scanner.line
        let isArray = scanner.take("[")
        let key = try scanner.key()
        guard scanner.take("]"), !isArray || scanner.take("]") else { throw scanner.error("a header is not closed") }
        let parent = try parent(of: key)
        guard let name = key.last else { throw scanner.error("a header has no name") }
        let table = TOMLTable(line: line, origin: .header)
        switch parent[name] {
        case nil:
            parent.add(isArray ? .tables([table]) : .table(table), for: name, line: line)
            return table
        case .table(let implied)? where !isArray && implied.origin == .implied:
            implied.origin = .header
            return implied
        case .tables? where isArray && parent.append(table, to: name): return table
        default: throw scanner.error("\"\(key.joined(separator: ".").prefix(80))\" is defined twice")
        }
    }

    /// The table in which a header's last part stands, made where it is not there.
    private func parent(of key: [String]) throws(RegistriesConfError) -> TOMLTable {
        var table = root
        for part in key.dropLast() {
            switch table[part] {
            case nil:
                let next = TOMLTable(line: scanner.line, origin: .implied)
                table.add(.table(next), for: part, line: scanner.line)
                table = next
            case .table(let next)? where next.origin != .inline: table = next
            case .tables(let list)?:
                guard let last = list.last else { throw scanner.error("\"\(part.prefix(80))\" has no table") }
                table = last
            default: throw scanner.error("\"\(part.prefix(80))\" is no table that could be added to")
            }
        }
        return table
    }

    /// `key = value`.
    private mutating func pair(in table: TOMLTable, depth: Int) throws(RegistriesConfError) {
        let line = scanner.line
        let key = try scanner.key()
        guard scanner.take("=") else { throw scanner.error("\"=\" is missing after a key") }
        scanner.skipBlanks()
        var place = table
        for part in key.dropLast() {
            switch place[part] {
            case nil:
                let next = TOMLTable(line: line, origin: .dottedKey)
                place.add(.table(next), for: part, line: line)
                place = next
            case .table(let next)? where next.origin == .dottedKey: place = next
            default: throw scanner.error("\"\(part.prefix(80))\" is no table that could be added to")
            }
        }
        let value = try value(depth: depth)
        guard let name = key.last, place[name] == nil else {
            throw scanner.error("\"\(key.joined(separator: ".").prefix(80))\" is defined twice")
        }
        place.add(value, for: name, line: line)
    }

    private mutating func value(depth: Int) throws(RegistriesConfError) -> TOMLValue {
        guard depth < Self.maximumDepth else { throw scanner.error("values lie more than \(depth) deep in each other") }
        switch scanner.next {
        case UInt8(ascii: "\"")?, UInt8(ascii: "'")?: return .string(try scanner.string())
        case UInt8(ascii: "[")?: return .array(try array(depth: depth))
        case UInt8(ascii: "{")?: return .table(try inlineTable(depth: depth))
        default: break
        }
        if scanner.take(word: "true") { return .bool(true) }
        if scanner.take(word: "false") { return .bool(false) }
        guard scanner.takeNumber() else { throw scanner.error("a value is missing, or a string lacks its quotes") }
        return .other
    }

    private mutating func array(depth: Int) throws(RegistriesConfError) -> [TOMLValue] {
        _ = scanner.take("[")
        var values: [TOMLValue] = []
        while true {
            try scanner.skipLines()
            if scanner.take("]") { return values }
            values.append(try value(depth: depth + 1))
            try scanner.skipLines()
            guard scanner.take(",") else {
                guard scanner.take("]") else { throw scanner.error("an array is not closed, or lacks a comma") }
                return values
            }
        }
    }

    private mutating func inlineTable(depth: Int) throws(RegistriesConfError) -> TOMLTable {
        let table = TOMLTable(line: scanner.line, origin: .inline)
        _ = scanner.take("{")
        scanner.skipBlanks()
        if scanner.take("}") { return table }
        while true {
            try pair(in: table, depth: depth + 1)
            scanner.skipBlanks()
            if scanner.take("}") { return table }
            guard scanner.take(",") else { throw scanner.error("a table in braces is not closed, or lacks a comma") }
        }
    }
}
