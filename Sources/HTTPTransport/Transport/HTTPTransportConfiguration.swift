/// The settings of a transport.
package struct HTTPTransportConfiguration: Sendable {
    /// For which hosts TLS goes unverified and plain HTTP is spoken when the port does not speak TLS.
    package enum InsecureHosts: Sendable {
        case none
        case all
        /// `host` for all its ports, or `host:port`; in lower case.
        case named(Set<String>)

        func contains(host: String, port: Int) -> Bool {
            switch self {
            case .none: false
            case .all: true
            case .named(let names): names.contains(host) || names.contains("\(host):\(port)")
            }
        }
    }

    /// The hosts that are not verified.
    package var insecureHosts = InsecureHosts.none
    /// PEM files with authorities that are trusted besides the system's.
    package var certificateAuthorityFiles: [String] = []
    /// A PEM file that takes the place of the system's authorities, as `SSL_CERT_FILE` asks for.
    package var systemTrustFile: String?
    /// Folders whose files hold further authorities that count as the system's, as `SSL_CERT_DIR` lists them.
    package var systemTrustFolders: [String] = []
    /// Where the authorities and client certificates of single hosts lie.
    package var certificateFolders = CertificateFolders.none
    /// Which proxy leads to which host.
    package var proxies = ProxySettings.none
    /// What messages advise about certificates that are not trusted.
    package var trustRemedies = TrustRemedies()
    /// The only authorities that are trusted, with the name that messages give them; nil for the system's and the files.
    package var exclusiveAuthorities: PEMText?
    /// What this side identifies itself with to servers that ask for a certificate.
    package var clientIdentity: ClientIdentity?
    /// The name that the certificate of one host is issued for, when it is not the host's own.
    package var serverName: ServerNameOverride?
    /// How long connecting and the TLS handshake may take.
    package var connectTimeout = Duration.seconds(15)
    /// How long after the first request a host that has never answered is tried again.
    ///
    /// A wrong name or port, or a registry that does not run, is then told within seconds; once a host has answered,
    /// the retry policy alone counts.
    package var firstContactTime = Duration.seconds(8)
    /// How long a host that has never answered may take for the head of its first answer.
    package var firstAnswerTimeout = Duration.seconds(30)
    /// How long a connection may take that is made only to tell why another one failed.
    package var diagnosisTimeout = Duration.seconds(5)
    /// How long nothing may move on a connection while the other side is to send or to take bytes.
    package var progressTimeout = Duration.seconds(60)
    /// How often connections are looked at for that; nil for a quarter of the time.
    package var progressCheckInterval: Duration?
    /// How many bytes per second a registry must be able to digest between the end of an upload and its answer.
    package var commitBytesPerSecond: Int64 = 16 << 20
    /// The retry policy.
    package var retryPolicy = RetryPolicy()
    /// How many redirects in a row are followed.
    package var maximumRedirects = 10
    /// How many bodies stream from a host at a time at most, and how many to it.
    package var streamsPerHost = 24
    /// How many other requests to a host are under way at a time at most.
    package var requestsPerHost = 48
    /// How many of each there are before more were found to be good.
    package var startPerHost = 6
    /// How many requests go to a host in a second at most; nil for as many as it takes.
    package var requestsPerSecond: Double?
    /// How many bytes of bodies come in a second at most, and how many go, from and to all hosts together; nil for no limit.
    package var bytesPerSecond: Int64?
    /// The largest piece that is read from a socket at once, in bytes.
    package var receiveBufferSize = 512 << 10
    /// How many bytes wait in a connection for the socket before a sender is told to pause.
    package var sendBufferSize = 1 << 20
    /// The `User-Agent` of all requests.
    package var userAgent = "ferry"

    /// Makes the default settings.
    package init() {}
}
