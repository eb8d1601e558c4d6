/// The files in which credentials are looked for, in order.
struct CredentialLocations: Sendable {
    /// One file.
    struct Location: Hashable, Sendable {
        /// The path as the user knows it.
        let path: String
        /// Whether it must be there.
        let isRequired: Bool
        /// Whether it has the form of `.dockercfg`.
        let isLegacy: Bool
    }

    let all: [Location]

    /// Works out the list.
    ///
    /// A file that the user names, by flag or by `REGISTRY_AUTH_FILE`, is the only one.
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
        var paths = [
            value("XDG_RUNTIME_DIR").map { $0 + "/containers/auth.json" } ?? "/run/containers/\(userID)/auth.json"
        ]
        if let folder = value("XDG_CONFIG_HOME") ?? home.map({ $0 + "/.config" }) {
            paths.append(folder + "/containers/auth.json")
        }
        if let folder = value("DOCKER_CONFIG") { paths.append(folder + "/config.json") }
        if let home { paths.append(home + "/.docker/config.json") }
        var all = paths.map { Location(path: $0, isRequired: false, isLegacy: false) }
        if let home { all.append(Location(path: home + "/.dockercfg", isRequired: false, isLegacy: true)) }
        self.all = all
    }
}
