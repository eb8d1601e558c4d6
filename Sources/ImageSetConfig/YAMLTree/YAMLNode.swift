/// A piece of a line in the file.
protocol SourceSpan {
    /// Where it begins.
    var location: SourceLocation { get }
    /// How many characters it has.
    var width: Int { get }
}

/// A value of a YAML document with its place; aliases are followed and merge keys are merged.
struct YAMLNode: SourceSpan {
    /// What a node holds.
    enum Content {
        /// Text, a number, a boolean or null.
        case scalar(YAMLScalar)
        /// A list.
        case sequence([YAMLNode])
        /// An object.
        case mapping([YAMLEntry])
    }

    /// Where it begins; for an alias where the alias stands.
    let location: SourceLocation
    /// How many characters of its line belong to it.
    let width: Int
    /// What it holds.
    let content: Content
    /// How many nodes it consists of, with aliases followed.
    let nodeCount: Int

    /// Whether it is null, or at fault, which both count as absent.
    var isNull: Bool {
        guard case .scalar(let scalar) = content else { return false }
        return scalar.value == .null || scalar.value == .faulty
    }

    /// Whether a mistake in it has been reported, so that nothing more need be said.
    var isFaulty: Bool {
        guard case .scalar(let scalar) = content else { return false }
        return scalar.value == .faulty
    }

    /// Whether it is text.
    var isText: Bool {
        guard case .scalar(let scalar) = content else { return false }
        return scalar.value == .string
    }

    /// What it is, for messages: `a list`.
    var kindName: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "an object"
        case .scalar(let scalar):
            switch scalar.value {
            case .null, .faulty: "null"
            case .bool: "the boolean \(scalar.text)"
            case .integer, .number: "the number \(scalar.text)"
            case .string: "text"
            }
        }
    }
}

/// A key and its value.
struct YAMLEntry: SourceSpan {
    /// The key's text.
    let key: String
    /// Where the key begins.
    let location: SourceLocation
    /// How many characters of its line belong to the key.
    let width: Int
    /// Whether the entry came by a merge key (`<<`), so that an entry written out goes before it.
    let isMerged: Bool
    /// The value.
    let value: YAMLNode
}

/// A scalar with what YAML 1.1 takes it for.
struct YAMLScalar {
    /// The text, quotes and escapes undone.
    let text: String
    /// What it means.
    let value: YAMLScalarValue
}
