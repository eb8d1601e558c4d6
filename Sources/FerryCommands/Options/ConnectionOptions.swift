import ArgumentParser
import Foundation
import HTTPTransport
import Logging
import RegistriesConf
import RegistryClient
import TerminalProgress

/// How registries are reached.
struct ConnectionOptions: ParsableArguments {
    /// What is not said is as in these settings.
    private static let standard = HTTPTransportConfiguration()

    @Option(
        name: .customLong("authfile"),
        help:
            "The file with registry credentials; the default is $REGISTRY_AUTH_FILE, else the files of podman and docker."
    )
    var authFile: String?

    @Option(help: "Whether sources must present a valid certificate: true or false.")
    var srcTlsVerify = true

    @Option(help: "Whether the destination must present a valid certificate: true or false.")
    var destTlsVerify = true

    @Option(help: "A PEM file with authorities to trust besides the system's; may be given several times.")
    var certificateAuthority: [String] = []

    @Option(
        name: .customLong("cert-dir"),
        help: ArgumentHelp(
            "The folder with a folder HOST:PORT of certificates for each registry that needs them.",
            discussion: """
                In it, *.crt are authorities, *.cert with *.key client certificates. By default the first of \
                ~/.config/containers/certs.d, /etc/containers/certs.d and /etc/docker/certs.d that has a folder for the \
                registry counts.
                """
        )
    )
    var certificateFolder: String?

    @Option(
        help:
            "The registries.conf that says where sources are mirrored; the default is $CONTAINERS_REGISTRIES_CONF, else that of the container tools."
    )
    var registriesConf: String?

    @Option(
        help:
            "How often a failed request is tried again, from 0 to 100; the default is \(ConnectionOptions.standard.retryPolicy.tries - 1)."
    )
    var retryTimes: Int?

    @Option(
        help:
            "The first pause before a request is tried again, such as 500ms, 2s or 1m; it doubles each time. The default is \(TimeSpan.text(ConnectionOptions.standard.retryPolicy.base))."
    )
    var retryDelay: TimeSpan?

    @Option(
        help:
            "How long a transfer may make no progress before it is tried again, such as 90s, 10m or 1h30m; the default is \(TimeSpan.text(ConnectionOptions.standard.progressTimeout))."
    )
    var imageTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "The most bytes per second over all connections together, each way, such as 10M, 512KiB or 1.5MB; the default is no limit.",
            valueName: "size"
        )
    )
    var limitRate: ByteSize?

    @Option(help: "The most requests per second to each host, such as 5 or 0.5; the default is what each host takes.")
    var requestsPerSecond: Double?

    func validate() throws {
        if let certificateFolder { try Self.requireFolder(certificateFolder) }
        if let limitRate, limitRate.bytes < 1000 {
            throw ValidationError("--limit-rate must be at least 1kB (per second)")
        }
        if let requestsPerSecond, !(0.01...100_000).contains(requestsPerSecond) {
            throw ValidationError("--requests-per-second must be from 0.01 to 100000")
        }
        if let retryTimes, !(0...100).contains(retryTimes) {
            throw ValidationError("--retry-times must be from 0 to 100")
        }
    }

    /// A folder that is named and not there would leave its certificates out without a word.
    private static func requireFolder(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError(
                "--cert-dir \(path): there is no such folder; correct the path, or leave the option out"
            )
        }
        guard isFolder.boolValue else {
            throw ValidationError(
                "--cert-dir \(path) is no folder: name the one that holds a folder HOST:PORT for each registry"
            )
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ValidationError("--cert-dir \(path) cannot be read: correct who may read it")
        }
    }

    /// The settings of a transport.
    ///
    /// - Parameters:
    ///   - verifiesTLS: the value of the flag for this side.
    ///   - verificationOption: the option that switches verification off for this side, for advice.
    ///   - insecureHosts: hosts that are not verified in any case, as `host` or `host:port`.
    /// - Returns: the settings.
    func transport(
        verifiesTLS: Bool,
        switchedOffBy verificationOption: String?,
        exceptAt insecureHosts: Set<String> = []
    ) -> HTTPTransportConfiguration {
        let environment = ProcessInfo.processInfo.environment
        var configuration = HTTPTransportConfiguration()
        configuration.insecureHosts = verifiesTLS ? .named(insecureHosts) : .all
        configuration.certificateAuthorityFiles = certificateAuthority
        configuration.systemTrustFile = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        configuration.systemTrustFolders = (environment["SSL_CERT_DIR"] ?? "").split(separator: ":").map(String.init)
        configuration.certificateFolders = CertificateFolders(explicit: certificateFolder, environment: environment)
        configuration.proxies = ProxySettings(environment: environment)
        configuration.trustRemedies.authorityOption = "--certificate-authority"
        configuration.trustRemedies.authorityVariable = "SSL_CERT_FILE"
        configuration.trustRemedies.verificationOption = verificationOption
        configuration.userAgent = "ferry/\(FerryVersion.text)"
        if let retryTimes { configuration.retryPolicy.tries = retryTimes + 1 }
        if let retryDelay, retryDelay.duration > .zero { configuration.retryPolicy.base = retryDelay.duration }
        if let imageTimeout, imageTimeout.duration > .zero { configuration.progressTimeout = imageTimeout.duration }
        configuration.bytesPerSecond = limitRate?.bytes
        configuration.requestsPerSecond = requestsPerSecond
        return configuration
    }

    /// Where sources are read, by the files of the container tools.
    ///
    /// - Throws: `RegistriesConfError`.
    func registriesConf(logger: Logger) async throws -> RegistriesConf {
        let locations = ConfigurationLocations(
            explicit: registriesConf,
            environment: ProcessInfo.processInfo.environment,
            exists: { FileManager.default.fileExists(atPath: $0) }
        )
        let conf = try await LocalFiles.run { try RegistriesConf.load(locations) }
        for file in conf.files { logger.debug("read \(file)") }
        for remark in conf.remarks { logger.debug("\(remark)") }
        return conf
    }

    /// The credentials that the files name.
    ///
    /// - Parameters:
    ///   - progress: shows for which helper program the run waits.
    ///   - helperLimit: how long such a program may take.
    /// - Returns: the credentials.
    /// - Throws: `RegistryClientError.invalidCredentialFile`.
    func credentials(
        _ progress: ProgressReporter,
        helperLimit: Duration = .seconds(30)
    ) async throws -> CredentialStore {
        try await CredentialStore.load(
            authFile: authFile,
            environment: ProcessInfo.processInfo.environment,
            userID: getuid(),
            helperLimit: helperLimit,
            waiting: { progress.startWaiting(for: $0) }
        )
    }
}
