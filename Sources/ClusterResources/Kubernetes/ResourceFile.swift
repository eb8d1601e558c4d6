import Foundation
import Yams

/// A file of cluster resources, complete in memory.
package struct ResourceFile: Hashable, Sendable {
    /// The file's name, without folder.
    package let name: String
    /// Its content.
    package let bytes: [UInt8]

    /// Joins the two.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Writes objects as YAML: `---` before each, keys in alphabetical order, lists not indented below their key.
    ///
    /// - Throws: `ClusterResourcesError.emission`.
    init(name: String, yaml objects: [KubernetesObject]) throws(ClusterResourcesError) {
        do {
            let nodes = objects.map { Self.node($0.value) }
            let text = try Yams.serialize(nodes: nodes, width: -1, explicitStart: true, sortKeys: true)
            self.init(name: name, bytes: Array(text.utf8))
        } catch {
            throw ClusterResourcesError(
                .emission,
                subject: name,
                message: "the resources of \(name) cannot be written as YAML",
                underlying: error
            )
        }
    }

    /// Writes one value as JSON: one line with a newline at its end, keys in alphabetical order.
    ///
    /// - Throws: `ClusterResourcesError.emission`.
    init(name: String, json value: ResourceValue) throws(ClusterResourcesError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            self.init(name: name, bytes: Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
        } catch {
            throw ClusterResourcesError(
                .emission,
                subject: name,
                message: "the resources of \(name) cannot be written as JSON",
                underlying: error
            )
        }
    }

    private static func node(_ value: ResourceValue) -> Node {
        switch value {
        case .string(let text): .scalar(scalar(text))
        case .integer(let number): .scalar(Node.Scalar("\(number)", Tag(.int), .plain))
        case .list(let values): Node(values.map(node), Tag(.seq), .block)
        case .map(let members): Node(members.map { (.scalar(scalar($0)), node($1)) }, Tag(.map), .block)
        }
    }

    /// Double quotes wherever some reader of YAML 1.1 or 1.2 would see anything but a string in the plain text.
    private static func scalar(_ text: String) -> Node.Scalar {
        let plain = text.represented()
        let isSafe = plain.style != .singleQuoted && !text.isEmpty && !ambiguousWords.contains(text.lowercased())
        return Node.Scalar(text, Tag(.str), isSafe ? .any : .doubleQuoted)
    }

    private static let ambiguousWords: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"]
}
