package import OCIModel

/// Everything that the files say about where images are read.
///
/// https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
package struct RegistriesConf: Hashable, Sendable {
    /// What is asked of a repository.
    package enum Request: Hashable, Sendable {
        case manifest(ManifestReference)
        /// Blobs and referrers, which are asked for by digest.
        case content
        case tags
    }

    /// The rules, ordered by prefix, each prefix once.
    package let rules: [RegistryRule]
    /// The files that were read.
    package let files: [String]
    /// What was passed over in the files, each a sentence.
    package let remarks: [String]

    /// No rules at all.
    package static let none = RegistriesConf(rules: [], files: [], remarks: [])

    /// Orders rules; of those with the same prefix the first counts.
    init(rules: [RegistryRule], files: [String], remarks: [String]) {
        var unique: [RegistryPrefix: RegistryRule] = [:]
        for rule in rules where unique[rule.prefix] == nil { unique[rule.prefix] = rule }
        self.rules = unique.values.sorted { "\($0.prefix)" < "\($1.prefix)" }
        self.files = files
        self.remarks = remarks
    }

    /// Whether anything is said about images of a registry.
    package func concerns(_ registry: RegistryName) -> Bool { rules.contains { $0.prefix.concerns(registry) } }

    /// The hosts of which `insecure` is said: `host`, or `host:port` where a port is given, in lower case.
    ///
    /// Connections belong to hosts, so one insecure namespace makes its whole registry insecure.
    package var insecureHosts: Set<String> {
        var hosts: Set<String> = []
        func add(_ registry: RegistryName) {
            let host = registry.host.lowercased()
            hosts.insert(registry.port.map { "\(host):\($0)" } ?? host)
        }
        for rule in rules {
            for mirror in rule.mirrors where mirror.isInsecure { add(mirror.location.registry) }
            if rule.isInsecure, let location = rule.location { add(location.registry) }
        }
        return hosts
    }

    /// The rule for an image: the one with the longest prefix.
    ///
    /// - Parameters:
    ///   - repository: the repository as images name it.
    ///   - image: which image of it; nil for the repository as a whole.
    /// - Returns: nil when nothing is said about it.
    package func rule(for repository: Repository, image: ManifestReference? = nil) -> RegistryRule? {
        var found: RegistryRule?
        for rule in rules where rule.prefix.remainder(of: repository, image: image) != nil {
            if let found, rule.prefixLength <= found.prefixLength { continue }
            found = rule
        }
        return found
    }
}
