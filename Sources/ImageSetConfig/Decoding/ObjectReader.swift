/// A value with the node that it was read from.
struct Field<Value> {
    /// The value.
    let value: Value
    /// Its node.
    let node: YAMLNode
    /// The path of keys to it.
    let path: String
}

/// Reads the fields of one object; each mistake goes to the collector, and the field then counts as absent.
///
/// Keys match whatever their case, null counts as absent, and no value is converted from one type to another.
struct ObjectReader {
    /// The path and location of the object.
    let place: ConfigurationPlace
    /// The object itself.
    let node: YAMLNode
    /// Takes the mistakes.
    let diagnostics: DiagnosticCollector
    private let fields: [String: YAMLEntry]

    /// Checks an object's keys.
    ///
    /// - Parameters:
    ///   - node: The object; null counts as an empty one.
    ///   - schema: The keys that it may have.
    ///   - path: The path of keys to it.
    ///   - diagnostics: Takes the mistakes; one more when the node is no object, and the result is nil then.
    init?(_ node: YAMLNode, schema: ObjectSchema, path: String, diagnostics: DiagnosticCollector) {
        place = ConfigurationPlace(path: path, location: node.location)
        self.node = node
        self.diagnostics = diagnostics
        var entries: [YAMLEntry] = []
        if case .mapping(let found) = node.content {
            entries = found
        } else if !node.isNull {
            diagnostics.add(
                .wrongType,
                at: node,
                path: path,
                "\(Self.title(path)) must be an object with keys such as `\(schema.keys[0])`, not \(node.kindName)",
                help: Self.objectHelp(node, schema: schema)
            )
            return nil
        }
        fields = Self.fields(entries, schema: schema, path: path, diagnostics: diagnostics)
    }

    private static func fields(
        _ entries: [YAMLEntry],
        schema: ObjectSchema,
        path: String,
        diagnostics: DiagnosticCollector
    ) -> [String: YAMLEntry] {
        let canonical = Dictionary(schema.keys.map { ($0.lowercased(), $0) }) { first, _ in first }
        var fields: [String: YAMLEntry] = [:]
        var seen: [String: YAMLEntry] = [:]
        for entry in entries where !diagnostics.isFull {
            func add(_ severity: Diagnostic.Severity, _ code: Diagnostic.Code, _ message: String, help: String?) {
                diagnostics.add(
                    Diagnostic(
                        severity,
                        code,
                        at: entry.location,
                        width: entry.width,
                        path: path.isEmpty ? entry.key : "\(path).\(entry.key)",
                        message: message,
                        help: help
                    )
                )
            }
            let lowercased = entry.key.lowercased()
            if let first = seen[lowercased] {
                if entry.isMerged { continue }
                add(
                    .error,
                    .duplicateKey,
                    "the key \"\(entry.key.prefix(80))\" stands twice in \(title(path)), first in line \(first.location.line)",
                    help: entry.key == first.key
                        ? "remove one of the two" : "keys match whatever their case; remove one of the two"
                )
                continue
            }
            seen[lowercased] = entry
            guard let key = canonical[lowercased] else {
                add(
                    .error,
                    .unknownKey,
                    "unknown key \"\(entry.key.prefix(80))\" in \(title(path))",
                    help: KeySuggestion.help(for: entry.key, in: schema, path: path)
                )
                continue
            }
            if path.isEmpty, entry.key != key {
                add(
                    .warning,
                    .keyCase,
                    "\"\(entry.key)\" is taken for \"\(key)\"; oc-mirror knows this key only in its usual spelling",
                    help: "write `\(key)`"
                )
            }
            fields[key] = entry
        }
        return fields
    }

    private static func objectHelp(_ node: YAMLNode, schema: ObjectSchema) -> String? {
        switch node.content {
        case .scalar(let scalar) where ["name", "catalog"].contains(schema.keys[0]):
            "write `\(schema.keys[0]): \(scalar.text.prefix(80))`"
        case .sequence: "remove the dash in front"
        default: nil
        }
    }

    /// How messages name the object at a path.
    static func title(_ path: String) -> String { path.isEmpty ? "the file" : path }

    /// The path of a field.
    func path(_ key: String) -> String { place.path.isEmpty ? key : "\(place.path).\(key)" }

    /// The place of a field that was read.
    func place<Value>(of field: Field<Value>) -> ConfigurationPlace {
        ConfigurationPlace(path: field.path, location: field.node.location)
    }

    /// The place of a key, if it is written.
    func place(ofKey key: String) -> ConfigurationPlace? {
        fields[key].map { ConfigurationPlace(path: path(key), location: $0.location) }
    }

    /// Whether a key is written, even with null.
    func has(_ key: String) -> Bool { fields[key] != nil }

    /// The entry of a key, even with null.
    func entry(_ key: String) -> YAMLEntry? { fields[key] }

    /// The value of a key, if it is not null.
    func value(_ key: String) -> Field<YAMLNode>? {
        guard let entry = fields[key], !entry.value.isNull else { return nil }
        return Field(value: entry.value, node: entry.value, path: path(key))
    }

    /// Whether nothing is written for a key but, at most, null or empty text; false when its mistake has been reported.
    func lacks(_ key: String) -> Bool {
        guard let node = fields[key]?.value, !node.isNull else { return fields[key]?.value.isFaulty != true }
        guard case .scalar(let scalar) = node.content else { return false }
        return scalar.value == .string && scalar.text.isEmpty
    }

    /// A text field; empty text counts as absent.
    func string(_ key: String) -> Field<String>? {
        guard let field = value(key), let text = Self.string(field.node, path: field.path, diagnostics: diagnostics)
        else {
            return nil
        }
        return text.isEmpty ? nil : Field(value: text, node: field.node, path: field.path)
    }

    /// The text of a node; nil, with a mistake added, when it is none.
    static func string(_ node: YAMLNode, path: String, diagnostics: DiagnosticCollector) -> String? {
        if case .scalar(let scalar) = node.content {
            if case .string = scalar.value { return scalar.text }
            diagnostics.add(
                .wrongType,
                at: node,
                path: path,
                "\(path) must be text, not \(node.kindName)",
                help: scalar.text.isEmpty ? nil : "put it into quotes: \"\(scalar.text)\""
            )
        } else {
            diagnostics.add(.wrongType, at: node, path: path, "\(path) must be text, not \(node.kindName)")
        }
        return nil
    }

    /// A boolean field, false when absent.
    func bool(_ key: String) -> Bool {
        guard let field = value(key) else { return false }
        guard case .scalar(let scalar) = field.node.content, case .bool(let bool) = scalar.value else {
            var help = "write true or false"
            if case .scalar(let scalar) = field.node.content, ["true", "false"].contains(scalar.text.lowercased()) {
                help = "remove the quotes: \(scalar.text.lowercased())"
            }
            diagnostics.add(
                .wrongType,
                at: field.node,
                path: field.path,
                "\(field.path) must be true or false, not \(field.node.kindName)",
                help: help
            )
            return false
        }
        return bool
    }

    /// A whole number.
    func integer(_ key: String) -> Field<Int64>? {
        guard let field = value(key) else { return nil }
        if case .scalar(let scalar) = field.node.content {
            switch scalar.value {
            case .integer(let number): return Field(value: number, node: field.node, path: field.path)
            case .number(let number):
                if let whole = Int64(exactly: number) { return Field(value: whole, node: field.node, path: field.path) }
                diagnostics.add(
                    .numberOutOfRange,
                    at: field.node,
                    path: field.path,
                    "\(field.path) must be a whole number of 64 bits, not \(scalar.text)"
                )
                return nil
            default: break
            }
        }
        diagnostics.add(
            .wrongType,
            at: field.node,
            path: field.path,
            "\(field.path) must be a whole number, not \(field.node.kindName)",
            help: "write the number alone, without quotes and unit"
        )
        return nil
    }

    /// The items of a list; nil when absent, empty with a mistake added when it is no list.
    func list(_ key: String) -> [Field<YAMLNode>]? {
        guard let field = value(key) else { return nil }
        guard case .sequence(let items) = field.node.content else {
            diagnostics.add(
                .wrongType,
                at: field.node,
                path: field.path,
                "\(field.path) must be a list, not \(field.node.kindName)",
                help: "put \"- \" in front of each item"
            )
            return []
        }
        return items.enumerated().map { Field(value: $1, node: $1, path: "\(field.path)[\($0)]") }
    }

    /// How many items a list has, without any check of them.
    func itemCount(_ key: String) -> Int {
        guard case .sequence(let items)? = fields[key]?.value.content else { return 0 }
        return items.count
    }

    /// The items of a list of objects, those without mistakes in their type.
    func objects(_ key: String, schema: ObjectSchema) -> [ObjectReader]? {
        list(key)?.compactMap { ObjectReader($0.node, schema: schema, path: $0.path, diagnostics: diagnostics) }
    }

    /// An object field.
    func object(_ key: String, schema: ObjectSchema) -> ObjectReader? {
        value(key).flatMap { ObjectReader($0.node, schema: schema, path: $0.path, diagnostics: diagnostics) }
    }

    /// A name, which must be there and not empty.
    ///
    /// - Parameters:
    ///   - key: The key, mostly `name`.
    ///   - consequence: What happens without it, for the message.
    /// - Returns: nil, with a mistake added, when it is missing, empty or no text.
    func requiredString(_ key: String, consequence: String? = nil) -> Field<String>? {
        if let field = string(key) { return field }
        guard lacks(key) else { return nil }
        if let field = value(key) {
            diagnostics.add(.emptyName, at: field.node, path: field.path, "\(field.path) is empty")
        } else {
            diagnostics.add(
                .emptyName,
                at: node,
                path: path(key),
                "\(Self.title(place.path)) has no `\(key)`" + (consequence.map { ": \($0)" } ?? "")
            )
        }
        return nil
    }
}
