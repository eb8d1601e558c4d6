/// The header fields of a message, in order; names compare without case.
package struct HTTPFields: Sendable, ExpressibleByDictionaryLiteral {
    /// Names and values as they stand.
    package private(set) var all: [(name: String, value: String)]

    /// Makes an empty list.
    package init() {
        all = []
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        all = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Adds a field behind those that are there.
    package mutating func add(_ name: String, _ value: String) {
        all.append((name: name, value: value))
    }

    /// All values of a field, in order.
    package func values(of name: String) -> [String] {
        all.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    /// The first value of a field; setting replaces all of them.
    package subscript(name: String) -> String? {
        get { all.first { Self.isSame($0.name, name) }?.value }
        set {
            all.removeAll { Self.isSame($0.name, name) }
            if let newValue { all.append((name: name, value: newValue)) }
        }
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.lowercased() == right.lowercased()
    }
}
