package import HTTPTransport

/// How the API server of a cluster is reached, and who asks it; secrets are in it and are shown nowhere.
package struct ClusterConnection: Sendable, CustomStringConvertible, CustomReflectable {
    /// The address of the API server; it may have a path.
    package let server: HTTPURL
    /// The context it was taken from.
    package let context: String
    /// Where the address stands, for messages: `cluster "c" in FILE`.
    let clusterTitle: String
    /// Where the credentials stand, for messages: `user "u" in FILE`; nil without a user.
    let userTitle: String?
    /// The value of `Authorization`.
    let authorization: String?
    private let trust: ServerTrust
    private let identity: ClientIdentity?

    /// Joins the parts.
    init(context: String, cluster: ClusterEntry, user: UserEntry?) {
        server = cluster.server
        self.context = context
        clusterTitle = cluster.title
        trust = cluster.trust
        userTitle = user?.title
        authorization = user?.authorization
        identity = user?.identity
    }

    /// Reads the kubeconfig files; blocks.
    ///
    /// - Parameters:
    ///   - kubeconfig: a file that the user names; nil for those of `KUBECONFIG`, or else `~/.kube/config`.
    ///   - context: a context that the user names; nil for the current one.
    ///   - environment: the variables of the process.
    /// - Returns: what context, cluster and user say.
    /// - Throws: `ClusterAccessError.kubeconfigNotFound`, `.unreadableFile`, `.invalidKubeconfig`,
    ///   `.kubeconfigEntryNotFound`, `.unsupportedKubeconfig`; none of them holds a secret.
    package static func load(
        kubeconfig: String?,
        context: String?,
        environment: [String: String]
    ) throws(ClusterAccessError) -> ClusterConnection {
        let locations = KubeconfigLocations(explicit: kubeconfig, environment: environment)
        return try load(locations, context: context, read: KubeconfigFile.read)
    }

    /// The same with a function that reads files.
    ///
    /// - Throws: as above.
    static func load(
        _ locations: KubeconfigLocations,
        context: String?,
        read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) -> ClusterConnection {
        let kubeconfig = try Kubeconfig(locations, read: read)
        let name = try kubeconfig.contextName(context)
        let entry = try kubeconfig.entry(.contexts, name, "which is the context to use")
        let why = "which the context \"\(name.prefix(80))\" names"
        guard let clusterName = try entry.content?.text("cluster") else {
            throw ClusterAccessError(.invalidKubeconfig, "the \(entry.title) names no cluster")
        }
        let cluster = try ClusterEntry(try kubeconfig.entry(.clusters, clusterName, why), read: read)
        var user: UserEntry?
        if let userName = try entry.content?.text("user") {
            user = try UserEntry(try kubeconfig.entry(.users, userName, why), read: read)
        }
        guard user?.hasCredentials == true || cluster.server.origin.scheme == .http else {
            throw ClusterAccessError(
                .invalidKubeconfig,
                "the \(user?.title ?? entry.title) has no credentials (a token, a client certificate, or user name and "
                    + "password); log in with oc login"
            )
        }
        return ClusterConnection(context: name, cluster: cluster, user: user)
    }

    /// The settings of a transport to this server.
    ///
    /// - Parameter base: time limits, retries and the system's authorities; what it says of other authorities, and of
    ///   hosts that are not verified, is replaced.
    /// - Returns: the settings.
    package func transport(from base: HTTPTransportConfiguration) -> HTTPTransportConfiguration {
        var configuration = base
        configuration.certificateAuthorityFiles = []
        // The kubeconfig alone says what is trusted; those folders are about registries.
        configuration.certificateFolders = .none
        configuration.trustRemedies = TrustRemedies()
        configuration.insecureHosts = trust.isVerified ? .none : .all
        configuration.exclusiveAuthorities = trust.authorities
        configuration.serverName = trust.serverName
        configuration.clientIdentity = identity
        return configuration
    }

    /// The server's address.
    package var description: String {
        let text = "\(server)"
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Nothing: dumps would show secrets.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension ClusterAccessError.Code {
    /// A kubeconfig that asks for something that Ferry does not do.
    package static let unsupportedKubeconfig = ClusterAccessError.Code("unsupportedKubeconfig")
}
