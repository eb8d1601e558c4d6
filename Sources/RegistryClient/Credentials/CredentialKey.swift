import OCIModel

/// The keys of authentication files, brought into one form.
///
/// https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
enum CredentialKey {
    private static let dockerHubNames: Set<String> = ["docker.io", "index.docker.io", "registry-1.docker.io"]
    /// How Docker's own programs call Docker Hub.
    static let dockerHubAddress = "https://index.docker.io/v1/"

    /// `host[:port][/path]` of a key as written; old keys are URLs, of which only the host counts.
    static func normalised(_ key: String) -> String {
        var rest = Substring(key)
        var isURL = false
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            isURL = true
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        let host = rest.prefix { $0 != "/" }
        let path = rest[host.endIndex...]
        let name = dockerHubNames.contains(host.lowercased()) ? "docker.io" : host.lowercased()
        let isOldVersion = path == "/v1" || path == "/v2"
        return isURL || isOldVersion ? name : name + path
    }

    /// The keys that may name a repository, the most specific first.
    static func candidates(for registry: RegistryName, _ repository: RepositoryPath?) -> [String] {
        let host = normalised(registry.text)
        var candidates: [String] = []
        var components = repository?.components ?? []
        while !components.isEmpty {
            candidates.append(host + "/" + components.joined(separator: "/"))
            components.removeLast()
        }
        return candidates + [host]
    }

    /// What a helper program is asked for, in order: the key as written, and Docker's name of Docker Hub.
    static func addresses(_ key: String) -> [String] {
        guard normalised(key) == "docker.io", key != dockerHubAddress else { return [key] }
        return [key, dockerHubAddress]
    }
}
