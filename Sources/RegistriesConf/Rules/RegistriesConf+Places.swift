import ImageStorage
package import OCIModel

extension RegistriesConfError.Code {
    /// An image must not be read from its registry, and there is no mirror to read it from.
    package static let blocked = Self("blocked")
    /// What a rule says leads to no place for an image.
    package static let noPlace = Self("noPlace")
}

extension RegistriesConf {
    /// The places that are asked, in order: the mirrors that serve such requests, then the registry itself.
    ///
    /// A mirror for tags only is asked last of all for digests: what a tag led to there must be read by digest afterwards.
    /// Tags that are made of a digest (signatures by cosign's scheme) count as digests. `blocked` shuts out the registry
    /// itself and not its mirrors, as the container libraries do it, for which `NeverContactSource` of a cluster is that.
    ///
    /// - Parameters:
    ///   - repository: the repository as images name it.
    ///   - request: what is asked for.
    /// - Returns: at least one place.
    /// - Throws: `RegistriesConfError.blocked`, `.noPlace`, with the file and the prefix.
    package func places(of repository: Repository, for request: Request) throws(RegistriesConfError) -> [PullPlace] {
        let image: ManifestReference? = if case .manifest(let reference) = request { reference } else { nil }
        guard let rule = rule(for: repository, image: image) else {
            return [PullPlace(repository: repository, image: nil, role: .primary)]
        }
        let isByDigest = Self.isByDigest(request)
        var places = self.places(rule, of: repository, image: image, isByDigest: isByDigest)
        if isByDigest {
            // What such a rule has led to must be found again by digest.
            for special in rules where special != rule && special.isAbout(oneImageOf: repository) {
                guard case .place(let prefix) = special.prefix else { continue }
                places += self.places(special, of: repository, image: prefix.image, isByDigest: true)
                    .map { PullPlace(repository: $0.repository, image: nil, role: $0.role) }
            }
        }
        var seen: Set<PullPlace> = []
        let allowed = places.filter { !isBlocked($0, by: rule) && seen.insert($0).inserted }
        guard allowed.isEmpty else { return allowed }
        let name = "\(repository)" + (image.map(Self.suffix) ?? "")
        guard !rule.isBlocked, places.isEmpty else {
            throw RegistriesConfError(
                .blocked,
                "\(name) must not be read: \(rule.origin) blocks \"\(rule.prefix)\""
                    + (rule.mirrors.isEmpty ? "" : ", and has no mirror that serves such requests"),
                kind: .refused
            )
        }
        throw RegistriesConfError(
            .noPlace,
            "\(rule.origin) leaves no name for \(name): what it puts for \"\(rule.prefix)\" has no repository; add one "
                + "to \"location\"",
            kind: .refused
        )
    }

    /// Whether a request names a digest, be it in the form of a tag.
    private static func isByDigest(_ request: Request) -> Bool {
        switch request {
        case .content, .manifest(.digest): return true
        case .tags: return false
        case .manifest(.tag(let tag)):
            let parts = tag.text.split(separator: "-", maxSplits: 1)
            guard parts.count == 2, parts[0] == "sha256" || parts[0] == "sha512" else { return false }
            let hex = parts[1].prefix { $0 != "." }
            return hex.utf8.count == 64 && hex.allSatisfy(\.isHexDigit)
        }
    }

    private static func suffix(_ image: ManifestReference) -> String {
        switch image {
        case .tag(let tag): ":\(tag)"
        case .digest(let digest): "@\(digest)"
        }
    }

    private func places(
        _ rule: RegistryRule,
        of repository: Repository,
        image: ManifestReference?,
        isByDigest: Bool
    ) -> [PullPlace] {
        guard let remainder = rule.prefix.remainder(of: repository, image: image) else { return [] }
        let place = { (location: RegistryPlace, role: PullPlace.Role) in
            location.repository(remainder).map { PullPlace(repository: $0, image: location.image, role: role) }
        }
        let mirrors = { (uses: [RegistryRule.MirrorUse]) in
            rule.mirrors.filter { uses.contains($0.use) }.compactMap { place($0.location, .mirror) }
        }
        let primary =
            rule.location.map { place($0, .primary) }
            ?? PullPlace(repository: repository, image: nil, role: .primary)
        return mirrors(isByDigest ? [.all, .digestOnly] : [.all, .tagOnly])
            + (rule.isBlocked ? [] : [primary].compactMap { $0 })
            + (isByDigest ? mirrors([.tagOnly]) : [])
    }

    /// Whether a place has an entry of its own that blocks it.
    private func isBlocked(_ place: PullPlace, by rule: RegistryRule) -> Bool {
        guard let own = self.rule(for: place.repository), own != rule else { return false }
        return own.isBlocked
    }
}

extension RegistryRule {
    /// Whether the prefix names one image of a repository.
    fileprivate func isAbout(oneImageOf repository: Repository) -> Bool {
        guard case .place(let place) = prefix, place.image != nil else { return false }
        return place.registry == repository.registry && place.path == repository.path
    }
}
