package import OCIModel

extension RegistriesConfError.Code {
    /// A `prefix` or `location` is malformed.
    package static let invalidPlace = Self("invalidPlace")
}

/// What a `location` names: a registry, a namespace, a repository, or one image of it.
///
/// `host[:port][/path][:tag|@digest]`, containers-registries.conf(5).
package struct RegistryPlace: Hashable, Sendable, CustomStringConvertible {
    /// The registry.
    package let registry: RegistryName
    /// A namespace or a repository; nil for the whole registry.
    package let path: RepositoryPath?
    /// The one image that is meant; nil for all.
    package let image: ManifestReference?

    /// Parses a place; slashes at its end do not count.
    ///
    /// - Throws: `RegistriesConfError.invalidPlace`, the second half of a sentence.
    package init(_ text: String) throws(RegistriesConfError) {
        var rest = Substring(text)
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.isEmpty else { throw RegistriesConfError(.invalidPlace, "is empty") }
        guard !rest.contains("://") else {
            throw RegistriesConfError(
                .invalidPlace,
                "is the address \"\(text)\", and a name without \"://\" is meant: host[:port][/path]"
            )
        }
        do throws(OCIModelError) {
            var digest: Digest?
            if let at = rest.firstIndex(of: "@") {
                digest = try Digest(rest[rest.index(after: at)...])
                rest = rest[..<at]
            }
            guard let slash = rest.firstIndex(of: "/") else {
                registry = try RegistryName(rest)
                path = nil
                image = nil
                guard digest == nil else {
                    throw OCIModelError(.invalidReference, subject: text, reason: "has a digest and no repository")
                }
                return
            }
            registry = try RegistryName(rest[..<slash])
            var inner = rest[rest.index(after: slash)...]
            var tag: OCIModel.Tag?
            if let colon = inner.lastIndex(of: ":") {
                tag = try OCIModel.Tag(inner[inner.index(after: colon)...])
                inner = inner[..<colon]
            }
            path = try RepositoryPath(inner)
            image = digest.map { .digest($0) } ?? tag.map { .tag($0) }
        } catch {
            throw RegistriesConfError(.invalidPlace, "is malformed: \(error)")
        }
    }

    /// `host[:port][/path][:tag|@digest]`.
    package var description: String {
        let name = registry.text + (path.map { "/\($0)" } ?? "")
        return switch image {
        case .tag(let tag): "\(name):\(tag)"
        case .digest(let digest): "\(name)@\(digest)"
        case nil: name
        }
    }

    /// A repository below this place.
    ///
    /// - Parameter remainder: the rest of the path, without a slash in front; may be empty.
    /// - Returns: nil when there is no path at all, or one that is too long.
    func repository(_ remainder: Substring) -> Repository? {
        let parts = [path?.text, remainder.isEmpty ? nil : String(remainder)].compactMap { $0 }
        // A path that no registry could have names no place.
        guard !parts.isEmpty, let path = try? RepositoryPath(parts.joined(separator: "/")) else { return nil }
        return Repository(registry: registry, path: path)
    }
}
