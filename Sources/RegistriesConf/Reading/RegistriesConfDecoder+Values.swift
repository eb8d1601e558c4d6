extension RegistriesConfDecoder {
    /// A text; nil when the key is not there or empty, which the format treats alike.
    func string(_ value: TOMLValue?, key: String, at place: String) throws(RegistriesConfError) -> String? {
        switch value {
        case nil: return nil
        case .string(let text)?: return text.isEmpty ? nil : text
        case let other?: throw Self.wrong(key, other, "a string in quotes", at: place)
        }
    }

    /// A truth value; false when the key is not there.
    func bool(_ value: TOMLValue?, key: String, at place: String) throws(RegistriesConfError) -> Bool {
        switch value {
        case nil: return false
        case .bool(let isTrue)?: return isTrue
        case let other?: throw Self.wrong(key, other, "true or false, without quotes", at: place)
        }
    }

    /// A list of tables, with double brackets or in one line; empty when the key is not there.
    func tables(_ value: TOMLValue?, key: String, at place: String) throws(RegistriesConfError) -> [TOMLTable] {
        var tables: [TOMLTable] = []
        let header = key == "mirror" ? "[[registry.mirror]]" : "[[\(key)]]"
        switch value {
        case nil: break
        case .tables(let list)?: tables = list
        case .array(let values)?:
            for value in values {
                guard case .table(let table) = value else {
                    throw Self.wrong(key, value, "tables, written \(header)", at: place)
                }
                tables.append(table)
            }
        case let other?: throw Self.wrong(key, other, "written \(header)", at: place)
        }
        guard tables.count <= Self.maximumEntries else {
            throw RegistriesConfError(.tooLarge, "\(place): there are more than \(Self.maximumEntries) \(header)")
        }
        return tables
    }

    /// What `parse` makes of a name; its errors get the place and the key in front.
    func parsed<Value>(
        _ key: String,
        _ place: String,
        _ parse: () throws(RegistriesConfError) -> Value
    ) throws(RegistriesConfError) -> Value {
        do throws(RegistriesConfError) {
            return try parse()
        } catch {
            throw RegistriesConfError(error.code, "\(place): \"\(key)\" \(error.message)")
        }
    }

    private static func wrong(
        _ key: String,
        _ value: TOMLValue,
        _ expected: String,
        at place: String
    ) -> RegistriesConfError {
        RegistriesConfError(.invalidValue, "\(place): \"\(key)\" is \(value.kind); it must be \(expected)")
    }
}
