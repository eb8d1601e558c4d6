import FerryTestSupport

@testable import ClusterAccess

/// Files in memory, and the shortest kubeconfig that can be used.
struct KubeconfigText {
    /// What stands in the entries.
    var cluster = #"{server: "https://api.test:6443"}"#
    var user = "{token: SECRET}"
    var context = "{cluster: c, user: u}"
    var files: [String: [UInt8]] = [:]

    var text: String {
        """
        apiVersion: v1
        kind: Config
        current-context: x
        contexts:
        - {name: x, context: \(context)}
        clusters:
        - name: c
          cluster: \(cluster)
        users:
        - name: u
          user: \(user)
        """
    }

    /// Loads it as `/k/config`.
    func load(context: String? = nil) throws(ClusterAccessError) -> ClusterConnection {
        var files = files
        files["/k/config"] = Array(text.utf8)
        return try loadFiles(files, context: context, KubeconfigLocations(explicit: "/k/config", environment: [:]))
    }
}

/// Loads files that are in memory.
func loadFiles(
    _ files: [String: [UInt8]],
    context: String? = nil,
    _ locations: KubeconfigLocations
) throws(ClusterAccessError) -> ClusterConnection {
    try ClusterConnection.load(locations, context: context) { (path) throws(ClusterAccessError) in files[path] }
}
