import HTTPTransport
import RegistryClient

/// How registries are examined.
struct DoctorSettings: Sendable {
    /// How sources are reached.
    var source: HTTPTransportConfiguration
    /// How targets are reached.
    var target: HTTPTransportConfiguration
    /// The credentials.
    let credentials: CredentialStore
    /// Told what goes on, and at debug level what is special.
    let reporting: RunReporting

    /// How long the resolver may take.
    var nameLimit = Duration.seconds(3)
    /// How long a registry may take in all until its first answer and the login are over.
    var reachLimit = Duration.seconds(8)
    /// How long everything about a registry may take.
    var limit = Duration.seconds(90)
    /// How long deleting what was written may take after that.
    var cleanupLimit = Duration.seconds(10)
    /// How long an early refusal of a large body is waited for.
    var refusalPatience = Duration.milliseconds(700)

    /// Shortens the patience of a transport: who asks a doctor wants to know what a patient mirror would wait out.
    ///
    /// - Parameters:
    ///   - configuration: the settings of a mirror's transport.
    ///   - firstAnswer: how long a registry may take for its first answer.
    /// - Returns: the settings.
    static func shortened(
        _ configuration: HTTPTransportConfiguration,
        firstAnswer: Duration
    ) -> HTTPTransportConfiguration {
        var shortened = configuration
        shortened.connectTimeout = firstAnswer
        shortened.firstAnswerTimeout = firstAnswer
        // What was silent for so long is not tried again.
        shortened.firstContactTime = firstAnswer / 2
        shortened.progressTimeout = .seconds(5)
        shortened.retryPolicy = RetryPolicy(
            tries: 2,
            base: .milliseconds(200),
            cap: .milliseconds(500),
            maximumRetryAfter: .seconds(2)
        )
        return shortened
    }
}
