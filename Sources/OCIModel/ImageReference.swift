/// Names a manifest inside a known repository: by tag or by digest.
package enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
    case tag(Tag)
    case digest(Digest)

    /// The text that stands after `/manifests/` in a request.
    package var description: String {
        switch self {
        case .tag(let tag): tag.text
        case .digest(let digest): digest.description
        }
    }
}

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
            throw OCIModelError(.invalidRepository, subject: text, reason: "has a tag or digest where only a repository is meant")
        }
        self = reference.repository
    }

    /// `registry/path`.
    package var description: String { "\(registry.text)/\(path.text)" }

    /// Orders by text.
    package static func < (left: Repository, right: Repository) -> Bool {
        (left.registry, left.path) < (right.registry, right.path)
    }
}

extension Repository: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A reference to an image: repository, and a tag, a digest, both or neither.
///
/// The first component is the registry when it contains `.` or `:`, starts with `[`, or is `localhost`; otherwise the
/// image lives on Docker Hub, where a single component stands below `library/`.
package struct ImageReference: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Where the image lives.
    package let repository: Repository
    /// The tag, if one is written.
    package let tag: Tag?
    /// The digest, if one is written; it decides over the tag.
    package let digest: Digest?

    /// Joins the parts.
    package init(repository: Repository, tag: Tag? = nil, digest: Digest? = nil) {
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// Parses `[registry/]path[:tag][@digest]`, with or without `docker://` in front.
    ///
    /// - Throws: `OCIModelError` that names the part at fault.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        var rest = Substring(text)
        if rest.hasPrefix("docker://") { rest = rest.dropFirst("docker://".count) }
        guard !rest.isEmpty else {
            throw OCIModelError(.invalidReference, subject: text, reason: "is an empty image reference")
        }
        guard !rest.contains("://") else {
            throw OCIModelError(.invalidReference, subject: text, reason: "has a transport other than docker://")
        }
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            digest = try Digest(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        var tag: Tag?
        let lastSlash = rest.lastIndex(of: "/")
        if let colon = rest.lastIndex(of: ":"), lastSlash.map({ $0 < colon }) ?? true {
            tag = try Tag(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        let (registry, path) = try Self.splitRegistry(rest)
        if registry == .dockerHub, !path.text.contains("/") {
            repository = Repository(registry: registry, path: try RepositoryPath("library/\(path.text)"))
        } else {
            repository = Repository(registry: registry, path: path)
        }
        self.tag = tag
        self.digest = digest
    }

    /// What selects the manifest: the digest if there is one, else the tag, else nil.
    package var manifestReference: ManifestReference? {
        if let digest { return .digest(digest) }
        return tag.map { .tag($0) }
    }

    /// The canonical text, `registry/path[:tag][@digest]`.
    package var description: String {
        repository.description + (tag.map { ":\($0.text)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The repository path as the user wrote it, without Docker Hub's implied `library/`.
    ///
    /// Destinations are computed from this form, so `nginx:1` lands in `nginx`.
    ///
    /// - Throws: `OCIModelError` when `text` is no image reference.
    package static func writtenPath(of text: some StringProtocol) throws(OCIModelError) -> RepositoryPath {
        let reference = try ImageReference(text)
        let path = reference.repository.path
        guard reference.repository.registry == .dockerHub else { return path }
        var rest = Substring(text)
        if rest.hasPrefix("docker://") { rest = rest.dropFirst("docker://".count) }
        if rest.hasPrefix("docker.io/") { rest = rest.dropFirst("docker.io/".count) }
        guard !rest.contains("/") else { return path }
        return try RepositoryPath(path.text.dropFirst("library/".count))
    }

    /// Orders by canonical text.
    package static func < (left: ImageReference, right: ImageReference) -> Bool { left.description < right.description }

    private static func splitRegistry(
        _ name: Substring
    ) throws(OCIModelError) -> (RegistryName, RepositoryPath) {
        if let slash = name.firstIndex(of: "/") {
            let first = name[..<slash]
            if first.contains(".") || first.contains(":") || first.hasPrefix("[") || first == "localhost" {
                return (try RegistryName(first), try RepositoryPath(name[name.index(after: slash)...]))
            }
        }
        return (.dockerHub, try RepositoryPath(name))
    }
}

extension ImageReference: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
