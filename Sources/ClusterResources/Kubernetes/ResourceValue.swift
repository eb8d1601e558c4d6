/// A value inside a Kubernetes object.
enum ResourceValue: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case list([ResourceValue])
    /// Members by key; they are written in the order of their keys.
    case map([String: ResourceValue])

    /// A map of strings, as annotations and labels are.
    static func strings(_ members: [String: String]) -> ResourceValue { .map(members.mapValues { .string($0) }) }
}

extension ResourceValue: Encodable {
    /// Encodes the plain value.
    ///
    /// - Throws: `EncodingError`.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .integer(let number): try container.encode(number)
        case .list(let values): try container.encode(values)
        case .map(let members): try container.encode(members)
        }
    }
}
