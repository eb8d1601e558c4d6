import HTTPTransport

/// How the certificate of an API server is judged.
struct ServerTrust: Sendable {
    /// Whether it is looked at.
    let isVerified: Bool
    /// The only authorities that may have signed it; nil for the system's.
    let authorities: PEMText?
    /// The name it is issued for, when that is not the name of the host.
    let serverName: ServerNameOverride?
}

/// An entry of `clusters`.
///
/// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#Cluster
struct ClusterEntry: Sendable {
    /// Name and file for messages.
    let title: String
    /// The address.
    let server: HTTPURL
    /// How its certificate is judged.
    let trust: ServerTrust

    /// Decodes an entry.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig`, `.unsupportedKubeconfig`, `.unreadableFile`.
    init(
        _ entry: Kubeconfig.Entry,
        read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) {
        title = entry.title
        guard let content = entry.content, let address = try content.text("server") else {
            throw ClusterAccessError(.invalidKubeconfig, "the \(entry.title) has no server")
        }
        server = try Self.url(address, content)
        guard try content.text("proxy-url") == nil else {
            throw ClusterAccessError(
                .unsupportedKubeconfig,
                "the \(entry.title) is reached through a proxy (proxy-url), which ferry does not do; "
                    + "use a kubeconfig without it where the server can be reached directly, or apply the files with oc apply"
            )
        }
        let authorities = try PEMSource("certificate-authority").read(content, read)
        let isBlind = try content.flag("insecure-skip-tls-verify")
        guard !isBlind || authorities == nil else {
            throw content.mistake("names an authority and has insecure-skip-tls-verify as well; remove one of them")
        }
        trust = ServerTrust(
            isVerified: !isBlind,
            authorities: authorities,
            serverName: try Self.serverName(content, server)
        )
    }

    private static func url(_ address: String, _ content: KubeconfigNode) throws(ClusterAccessError) -> HTTPURL {
        let url: HTTPURL
        do {
            url = try HTTPURL(address)
        } catch {
            // Not the error's own text: a password may stand in the address.
            throw content.mistake("has a server that is no address; it must look like https://api.example.com:6443")
        }
        guard url.query == nil, !address.contains("#") else {
            throw content.mistake("has a server with \"?\" or \"#\"")
        }
        guard url.origin.scheme == .https || url.origin.isLoopback else {
            throw content.mistake("has a server with http://, which is for this machine only; use https://")
        }
        return url
    }

    private static func serverName(
        _ content: KubeconfigNode,
        _ server: HTTPURL
    ) throws(ClusterAccessError) -> ServerNameOverride? {
        guard let name = try content.text("tls-server-name"), name.lowercased() != server.origin.host else {
            return nil
        }
        do {
            return try ServerNameOverride(host: server.origin.host, name: name)
        } catch {
            throw content.mistake("has a tls-server-name that is not the name of a host")
        }
    }
}
