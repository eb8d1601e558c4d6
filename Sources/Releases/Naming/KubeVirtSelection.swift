package import OCIModel

/// Which KubeVirt images of a release a configuration asks for.
package struct KubeVirtSelection: Hashable, Sendable {
    /// The architecture keys as release payloads spell them, without repetition; at least one.
    package let keys: [String]
    /// The architectures asked for that have no KubeVirt image in any release; worth a warning.
    package let unsupported: [String]

    /// Chooses by the rules of oc-mirror: by the platforms if there are any, else by the architectures, where `multi`
    /// means all; when nothing usable is asked for, all with platforms and `x86_64` without.
    ///
    /// - Parameters:
    ///   - platforms: the configuration's platforms.
    ///   - architectures: the configuration's architectures in Go's spelling, or `multi`.
    package init(platforms: [Platform], architectures: [String]) {
        var keys: [String] = []
        var unsupported: [String] = []
        for architecture in platforms.isEmpty ? architectures : platforms.map(\.architecture) {
            let found = Self.keys(of: architecture)
            if found.isEmpty, !unsupported.contains(architecture) { unsupported.append(architecture) }
            for key in found where !keys.contains(key) { keys.append(key) }
        }
        if keys.isEmpty { keys = platforms.isEmpty ? ["x86_64"] : Self.keys(of: "multi") }
        self.keys = keys
        self.unsupported = unsupported
    }

    /// The name that the image has among the components: with its key when more than one is wanted.
    ///
    /// - Parameters:
    ///   - key: the image's architecture key.
    ///   - keys: all wanted keys.
    /// - Returns: `kube-virt-container` or `kube-virt-container-<key>`.
    package static func componentName(key: String, among keys: [String]) -> String {
        keys.count > 1 ? "kube-virt-container-\(key)" : "kube-virt-container"
    }

    private static func keys(of architecture: String) -> [String] {
        switch architecture {
        case "amd64": ["x86_64"]
        case "s390x": ["s390x"]
        case "multi": ["x86_64", "s390x"]
        default: []
        }
    }
}
