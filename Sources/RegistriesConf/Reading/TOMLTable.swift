/// A value of a TOML document, as far as `registries.conf` needs it.
enum TOMLValue {
    case string(String)
    case bool(Bool)
    case array([TOMLValue])
    case table(TOMLTable)
    /// What `[[name]]` headers make.
    case tables([TOMLTable])
    /// A number or a date, which no key here has.
    case other

    /// The kind, for messages.
    var kind: String {
        switch self {
        case .string: "a string"
        case .bool: "true or false"
        case .array, .tables: "an array"
        case .table: "a table"
        case .other: "a number or a date"
        }
    }
}

/// A table of a TOML document, with the lines of its keys; made and read by one task.
final class TOMLTable {
    /// What made a table, which decides who may add to it.
    enum Origin {
        /// A longer header, `[a.b]` for `a`.
        case implied
        /// A header of its own.
        case header
        /// A dotted key, `a.b = 1` for `a`.
        case dottedKey
        /// `{ … }`; nobody may add to it.
        case inline
    }

    /// Where it begins, from 1.
    let line: Int
    /// What made it.
    var origin: Origin
    private var entries: [String: (value: TOMLValue, line: Int)] = [:]

    /// Makes an empty table.
    init(line: Int, origin: Origin) {
        self.line = line
        self.origin = origin
    }

    /// The keys.
    var keys: [String] { entries.keys.sorted() }

    /// The value of a key; nil when it is not there.
    subscript(key: String) -> TOMLValue? { entries[key]?.value }

    /// The line of a key, or of the table when the key is not there.
    func line(of key: String) -> Int { entries[key]?.line ?? line }

    /// Sets a key that is not there yet.
    func add(_ value: TOMLValue, for key: String, line: Int) { entries[key] = (value, line) }

    /// Adds a table to an array of tables.
    ///
    /// - Returns: false when the key has another value.
    func append(_ table: TOMLTable, to key: String) -> Bool {
        guard case .tables(var tables)? = entries[key]?.value else { return false }
        let first = line(of: key)
        // Without a second owner the array grows in place.
        entries[key] = nil
        tables.append(table)
        entries[key] = (.tables(tables), first)
        return true
    }
}
