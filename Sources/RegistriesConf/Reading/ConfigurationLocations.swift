/// Where configuration is looked for, in the order in which it is read; later files override earlier ones.
///
/// As the container libraries do it (containers-registries.conf(5), containers-registries.conf.d(5)).
package struct ConfigurationLocations: Hashable, Sendable {
    /// A file.
    package struct File: Hashable, Sendable {
        /// The path.
        package let path: String
        /// Whether it must be there.
        package let isRequired: Bool
    }

    /// The main file.
    package let file: File
    /// Folders of drop-in files.
    package let folders: [String]

    /// Works out the places.
    ///
    /// `CONTAINERS_REGISTRIES_CONF` names the file, and `CONTAINERS_REGISTRIES_CONF_DIR` the one folder of drop-ins. A user
    /// who has a file of his own has his own drop-ins, too, and does not get those of the system.
    ///
    /// - Parameters:
    ///   - explicit: the file that an option names.
    ///   - environment: the environment; empty values count as unset.
    ///   - root: what stands for `/` before `etc`; empty for the real one.
    ///   - exists: whether there is a file.
    package init(
        explicit: String?,
        environment: [String: String],
        root: String = "",
        exists: (String) -> Bool
    ) {
        let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME").map { "\($0)/.config/containers/registries.conf" }
        let system = "\(root)/etc/containers/registries.conf"
        let named = explicit ?? value("CONTAINERS_REGISTRIES_CONF")
        var folders = [system, home].compactMap { $0 }
        if let named {
            file = File(path: named, isRequired: true)
        } else if let home, exists(home) {
            file = File(path: home, isRequired: false)
            folders = [home]
        } else {
            file = File(path: system, isRequired: false)
        }
        self.folders = value("CONTAINERS_REGISTRIES_CONF_DIR").map { [$0] } ?? folders.map { "\($0).d" }
    }
}
