import OCIModel

/// What a `[[registry]]` table is about, by the beginning of image names.
package enum RegistryPrefix: Hashable, Sendable, CustomStringConvertible {
    /// A registry, a namespace, a repository or one image.
    case place(RegistryPlace)
    /// `*.example.com`: every registry whose host is below that domain; the domain with the dot in front.
    case subdomains(of: String)

    /// Parses a prefix.
    ///
    /// - Throws: `RegistriesConfError.invalidPlace`, the second half of a sentence.
    package init(_ text: String) throws(RegistriesConfError) {
        guard text.hasPrefix("*.") else {
            self = .place(try RegistryPlace(text))
            return
        }
        var domain = text.dropFirst(2)
        while domain.hasSuffix("/") { domain = domain.dropLast() }
        let isPlain = !domain.contains { "/@:*[".contains($0) }
        // The grammar of host names serves for domains.
        guard isPlain, (try? RegistryName(domain)) != nil else {
            throw RegistriesConfError(
                .invalidPlace,
                "is \"\(text)\"; with a wildcard it must have the form *.example.com, without port and path"
            )
        }
        self = .subdomains(of: ".\(domain)")
    }

    package var description: String {
        switch self {
        case .place(let place): "\(place)"
        case .subdomains(let domain): "*\(domain)"
        }
    }

    /// Whether a registry may hold what the prefix is about.
    func concerns(_ registry: RegistryName) -> Bool {
        switch self {
        case .place(let place): place.registry == registry
        case .subdomains(let domain): registry.host.hasSuffix(domain)
        }
    }

    /// What comes after the prefix in a repository's path.
    ///
    /// Matches end at the borders of names: `example.com/foo` is no prefix of `example.com/foobar`.
    ///
    /// - Parameters:
    ///   - repository: the repository.
    ///   - image: which image of it; nil for the repository as a whole.
    /// - Returns: nil when the prefix is not about it.
    func remainder(of repository: Repository, image: ManifestReference?) -> Substring? {
        let path = repository.path.text
        guard concerns(repository.registry) else { return nil }
        guard case .place(let place) = self, let prefix = place.path?.text else { return path[...] }
        if let only = place.image { return path == prefix && image == only ? "" : nil }
        if path == prefix { return "" }
        return path.hasPrefix("\(prefix)/") ? path.dropFirst(prefix.count + 1) : nil
    }
}
