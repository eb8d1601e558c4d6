/// The files that a kubeconfig is made of, in order; the first that says something wins.
///
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
package struct KubeconfigLocations: Hashable, Sendable {
    /// The paths as the user knows them.
    let paths: [String]
    /// Whether the one path must be there, because the user named it.
    let isExplicit: Bool

    /// Works out the list.
    ///
    /// - Parameters:
    ///   - explicit: a path that the user names; it is then the only one.
    ///   - environment: variables; `KUBECONFIG` names files, with `:` between them, and `HOME` has the usual one.
    package init(explicit: String?, environment: [String: String]) {
        isExplicit = explicit != nil
        if let explicit {
            paths = [explicit]
            return
        }
        var seen: Set<String> = []
        let named = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
            .filter { seen.insert($0).inserted }
        if named.isEmpty, let home = environment["HOME"], !home.isEmpty {
            paths = ["\(home)/.kube/config"]
        } else {
            paths = named
        }
    }
}
