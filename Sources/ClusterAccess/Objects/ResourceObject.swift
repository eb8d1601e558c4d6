/// An object to be applied to a cluster.
package struct ResourceObject: Hashable, Sendable, CustomStringConvertible {
    /// The kind, as in the object.
    package let kind: String
    /// The namespace; nil for objects of the whole cluster.
    package let namespace: String?
    /// The name.
    package let name: String
    /// The object as JSON, untouched.
    package let json: [UInt8]
    /// The path of the object below a server's address; begins with `/`.
    ///
    /// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
    let path: String
    /// The API group; empty for the core group.
    let group: String
    /// The name of the kind's collection.
    let plural: String

    /// Checks that the object's kind is known and that its names can stand in an address.
    ///
    /// - Throws: `ClusterAccessError.unknownKind`, `.invalidObjectName`.
    package init(
        apiVersion: String,
        kind: String,
        namespace: String?,
        name: String,
        json: [UInt8]
    ) throws(ClusterAccessError) {
        guard !kind.contains("/"), let known = ResourceKind(rawValue: "\(apiVersion)/\(kind)") else {
            throw ClusterAccessError(
                .unknownKind,
                "\(kind.prefix(80)) of \(apiVersion.prefix(80)) is no kind of object that ferry applies; use oc apply"
            )
        }
        guard known.isNamespaced == (namespace != nil), Self.isName(name), namespace.map(Self.isName) ?? true else {
            throw ClusterAccessError(
                .invalidObjectName,
                "\(kind) \"\(name.prefix(80))\" in namespace \"\((namespace ?? "").prefix(80))\" cannot be applied: names "
                    + "are lower-case letters, digits, \"-\" and \".\", and objects of this kind "
                    + (known.isNamespaced ? "need a namespace" : "have no namespace")
            )
        }
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.json = json
        group = apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
        plural = known.plural
        path =
            (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion + (namespace.map { "/namespaces/\($0)" } ?? "")
            + "/\(known.plural)/\(name)"
    }

    /// Kind and name for messages, `ConfigMap openshift-config-managed/sha256-…`.
    package var description: String { "\(kind) \(namespace.map { $0 + "/" } ?? "")\(name)" }

    /// Whether a text is a DNS subdomain.
    ///
    /// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
    private static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            let dash = UInt8(ascii: "-")
            return first != dash && last != dash && label.utf8.allSatisfy { $0 == dash || isAlphanumeric($0) }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension ClusterAccessError.Code {
    /// An object of a kind whose address is not known.
    package static let unknownKind = ClusterAccessError.Code("unknownKind")
    /// An object whose name or namespace cannot stand in an address, or that lacks its namespace.
    package static let invalidObjectName = ClusterAccessError.Code("invalidObjectName")
}
