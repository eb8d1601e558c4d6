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
