/// A Kubernetes object as Ferry emits it: type, metadata, and whatever members its kind has.
///
/// It carries neither status nor creation time nor clock, so that the same input gives the same bytes.
struct KubernetesObject: Hashable, Sendable {
    /// Group and version, `config.openshift.io/v1` or such.
    var apiVersion: String
    /// The kind.
    var kind: String
    /// The object's name.
    var name: String
    /// The namespace, nil for objects of the whole cluster.
    var namespace: String?
    /// Labels; the member is left out when there are none.
    var labels: [String: String] = [:]
    /// Who made it.
    var author: ResourceAuthor
    /// The members beside `apiVersion`, `kind` and `metadata`, such as `spec`.
    var members: [String: ResourceValue]

    /// The whole object as one value.
    var value: ResourceValue {
        var metadata: [String: ResourceValue] = [
            "annotations": .strings(author.annotations),
            "name": .string(name),
        ]
        if let namespace { metadata["namespace"] = .string(namespace) }
        if !labels.isEmpty { metadata["labels"] = .strings(labels) }
        var all = members
        all["apiVersion"] = .string(apiVersion)
        all["kind"] = .string(kind)
        all["metadata"] = .map(metadata)
        return .map(all)
    }
}

/// Who made a resource; becomes its annotations.
package struct ResourceAuthor: Hashable, Sendable {
    /// The version of the program.
    package let version: String

    /// Names the version of the program, as `ferry version` prints it.
    package init(version: String) {
        self.version = version
    }

    /// The annotations that every resource carries; no time, so that files stay the same from run to run.
    var annotations: [String: String] { ["createdBy": "ferry", "ferry_version": version] }
}
