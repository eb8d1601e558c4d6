/// A repository of a certain registry.
package struct Repository: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The registry.
    package let registry: RegistryName
    /// The path inside it.
    package let path: RepositoryPath

    /// Joins the two.
    package init(registry: RegistryName, path: RepositoryPath) {
        self.registry = registry
        self.path = path
    }

    /// Parses `registry/path` by the rules of ``ImageReference``, without tag and digest.
    ///
    /// - Throws: `OCIModelError`.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let reference = try ImageReference(text)
        guard reference.tag == nil, reference.digest == nil else {
            throw OCIModelError(
                .invalidRepository,
                subject: text,
                reason: "has a tag or digest where only a repository is meant"
            )
        }
        self = reference.repository
    }

    /// `registry/path`.
    package var description: String { "\(registry.text)/\(path.text)" }

    /// Orders by registry, then path.
    package static func < (left: Repository, right: Repository) -> Bool {
        (left.registry, left.path) < (right.registry, right.path)
    }
}

extension Repository: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError` when it is no repository.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
