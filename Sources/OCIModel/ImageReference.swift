/// A reference to an image: repository, and a tag, a digest, both or neither.
///
/// The first component is the registry when it contains `.` or `:`, starts with `[`, or is `localhost`; otherwise the
/// image lives on Docker Hub, where a single component stands below `library/`. Docker Hub's old name
/// `index.docker.io` counts as `docker.io`.
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
    /// - Throws: `OCIModelError` with the code of the part at fault.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let parts = try Parts(text)
        let isShort = parts.registry == .dockerHub && !parts.path.text.contains("/")
        let path = try parts.within(text) { () throws(OCIModelError) in
            isShort ? try RepositoryPath("library/\(parts.path.text)") : parts.path
        }
        repository = Repository(registry: parts.registry, path: path)
        tag = parts.tag
        digest = parts.digest
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
        _ = try ImageReference(text)
        return try Parts(text).path
    }

    /// Orders by canonical text.
    package static func < (left: ImageReference, right: ImageReference) -> Bool { left.description < right.description }
}

extension ImageReference {
    /// The pieces of the text form, each valid in itself.
    private struct Parts {
        let registry: RegistryName
        let path: RepositoryPath
        let tag: Tag?
        let digest: Digest?

        init(_ text: some StringProtocol) throws(OCIModelError) {
            var name = Substring(text)
            if name.hasPrefix("docker://") { name = name.dropFirst("docker://".count) }
            guard !name.isEmpty else {
                throw OCIModelError(.invalidReference, subject: text, reason: "is an empty image reference")
            }
            guard OCIModelError.withoutSecret(text) == String(text) else {
                throw OCIModelError(
                    .invalidReference,
                    subject: text,
                    reason:
                        "has something before \"@\" that may be a password: write it without, and put credentials into "
                        + "an authentication file (--authfile); a digest is written @sha256:HEX"
                )
            }
            guard !name.contains("://") else {
                throw OCIModelError(.invalidReference, subject: text, reason: "has a transport other than docker://")
            }
            let digestText = Self.cut(&name, at: name.firstIndex(of: "@"))
            // A colon before the last slash belongs to a port or an IPv6 address.
            let lastComponent = name.lastIndex(of: "/") ?? name.startIndex
            let tagText = Self.cut(&name, at: name[lastComponent...].lastIndex(of: ":"))
            let (registryText, pathText) = Self.split(name)

            do throws(OCIModelError) {
                digest = if let digestText { try Digest(digestText) } else { nil }
                tag = if let tagText { try Tag(tagText) } else { nil }
                registry = if let registryText { try RegistryName(registryText) } else { .dockerHub }
                path = try RepositoryPath(pathText)
            } catch {
                throw Self.within(text, error)
            }
        }

        /// Runs `body`, whose errors are about a part of `text`.
        func within<Result>(
            _ text: some StringProtocol,
            _ body: () throws(OCIModelError) -> Result
        ) throws(OCIModelError) -> Result {
            do throws(OCIModelError) {
                return try body()
            } catch {
                throw Self.within(text, error)
            }
        }

        /// The error about a part, told with the whole, which is what the user wrote.
        private static func within(_ text: some StringProtocol, _ error: OCIModelError) -> OCIModelError {
            error.subject == String(text)
                ? error : OCIModelError(error.code, subject: text, reason: "is not an image reference: \(error)")
        }

        /// Removes what begins at `index` and returns it without its first character.
        private static func cut(_ name: inout Substring, at index: Substring.Index?) -> Substring? {
            guard let index else { return nil }
            defer { name = name[..<index] }
            return name[name.index(after: index)...]
        }

        private static func split(_ name: Substring) -> (registry: Substring?, path: Substring) {
            guard let slash = name.firstIndex(of: "/") else { return (nil, name) }
            let first = name[..<slash]
            let path = name[name.index(after: slash)...]
            if first == "index.docker.io" || first == "docker.io" { return (nil, path) }
            let isRegistry = first.contains(".") || first.contains(":") || first.hasPrefix("[") || first == "localhost"
            return isRegistry ? (first, path) : (nil, name)
        }
    }
}

extension ImageReference: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError` when it is no image reference.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the canonical text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
