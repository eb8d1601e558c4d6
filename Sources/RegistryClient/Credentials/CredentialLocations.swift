/// The files in which credentials are looked for, in order.
struct CredentialLocations: Sendable {
    /// One file.
    struct Location: Hashable, Sendable {
        /// The path as the user knows it; a variable's name with its `$` when the text is in the variable itself.
        let path: String
        /// The text, when it is not in a file.
        var text: String?
        /// Whether it must be there.
        var isRequired = false
        /// Whether it has the form of `.dockercfg`.
        var isLegacy = false
    }

    let all: [Location]

    /// Works out the list.
    ///
    /// A file that the user names, by flag or by `REGISTRY_AUTH_FILE`, is the only one. Next comes the text of
    /// `DOCKER_AUTH_CONFIG`, which jobs of CI systems get instead of a file, then the files of podman and docker.
    /// `DOCKER_CONFIG` takes the place of `~/.docker`.
    ///
    /// - Parameters:
    ///   - explicit: the value of `--authfile`.
    ///   - environment: the environment.
    ///   - userID: the user's number, for the runtime folder that is used when `XDG_RUNTIME_DIR` is not set.
    init(explicit: String?, environment: [String: String], userID: UInt32) {
        let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let named = explicit ?? value("REGISTRY_AUTH_FILE") {
            let isLegacy = named.hasSuffix("/.dockercfg") || named == ".dockercfg"
            all = [Location(path: named, isRequired: true, isLegacy: isLegacy)]
            return
        }
        let home = value("HOME")
        var all: [Location] = []
        if let text = value("DOCKER_AUTH_CONFIG") {
            all.append(Location(path: "$DOCKER_AUTH_CONFIG", text: text))
        }
        var paths = [
            value("XDG_RUNTIME_DIR").map { $0 + "/containers/auth.json" } ?? "/run/containers/\(userID)/auth.json"
        ]
        if let folder = value("XDG_CONFIG_HOME") ?? home.map({ $0 + "/.config" }) {
            paths.append(folder + "/containers/auth.json")
        }
        if let folder = value("DOCKER_CONFIG") ?? home.map({ $0 + "/.docker" }) {
            paths.append(folder + "/config.json")
        }
        all += paths.map { Location(path: $0) }
        if let home { all.append(Location(path: home + "/.dockercfg", isLegacy: true)) }
        self.all = all
    }
}
