import HTTPTransport
package import ImageStorage
package import OCIModel

/// Why a registry did not give or take something.
package struct RegistryClientError: ContentFailure {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case blobNotFound
            case manifestNotFound
            case unauthorized
            case denied
            case refused
            case tooLarge
            case unavailable
            case digestMismatch
            case sizeMismatch
            case invalidAnswer
            case invalidCredentialFile
            case credentialHelperFailed
            case notARegistry
            case unusableManifest
        }

        private let value: Value

        /// The registry has no such blob in that repository.
        package static let blobNotFound = Code(value: .blobNotFound)
        /// The registry has no such manifest or repository.
        package static let manifestNotFound = Code(value: .manifestNotFound)
        /// Credentials are missing or not accepted.
        package static let unauthorized = Code(value: .unauthorized)
        /// The credentials are accepted and do not allow it.
        package static let denied = Code(value: .denied)
        /// Another answer that says no.
        package static let refused = Code(value: .refused)
        /// A body is larger than this side or the other accepts.
        package static let tooLarge = Code(value: .tooLarge)
        /// The registry cannot be reached or kept failing.
        package static let unavailable = Code(value: .unavailable)
        /// The registry gave or computed another digest.
        package static let digestMismatch = Code(value: .digestMismatch)
        /// The registry gave more or fewer bytes than a descriptor states.
        package static let sizeMismatch = Code(value: .sizeMismatch)
        /// An answer that breaks the distribution protocol.
        package static let invalidAnswer = Code(value: .invalidAnswer)
        /// A file with credentials is missing, unreadable or malformed.
        package static let invalidCredentialFile = Code(value: .invalidCredentialFile)
        /// The credentials are kept by a program, which did not give them.
        package static let credentialHelperFailed = Code(value: .credentialHelperFailed)
        /// The host answers, and not as a registry.
        package static let notARegistry = Code(value: .notARegistry)
        /// The registry gave something that is no manifest, or one of a kind that cannot be mirrored.
        package static let unusableManifest = Code(value: .unusableManifest)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// The registry as references name it; nil for files.
    package let registry: RegistryName?
    /// The repository, when it is about one.
    package let repository: RepositoryPath?
    /// What it is about: a tag, a digest, a file.
    package let subject: String
    /// The status of the registry's answer, if there was one.
    package let status: Int?
    /// How many tries were made.
    package let attempts: Int
    /// One sentence for the user, without credentials.
    package let message: String
    /// The same without the advice about logins, for where a better one stands beside it.
    package let finding: String
    /// The address that was asked, without query; nil when none was.
    package let endpoint: String?
    /// What to do about it; the message says it, too.
    package let nextStep: String?
    /// The error below.
    package let underlying: (any Error)?

    init(
        _ code: Code,
        registry: RegistryName?,
        repository: RepositoryPath? = nil,
        subject: String,
        status: Int? = nil,
        attempts: Int = 1,
        message: String,
        finding: String? = nil,
        endpoint: String? = nil,
        nextStep: String? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.registry = registry
        self.repository = repository
        self.subject = subject
        self.status = status
        self.attempts = attempts
        self.message = message
        self.finding = finding ?? message
        self.endpoint = endpoint
        self.nextStep = nextStep
        self.underlying = underlying
    }

    package var kind: ContentFailureKind {
        switch code {
        case .blobNotFound, .manifestNotFound: .notFound
        case .digestMismatch, .sizeMismatch: .integrity
        case .unauthorized, .denied, .refused, .tooLarge, .notARegistry, .unusableManifest: .refused
        case .unavailable, .invalidAnswer: .unavailable
        default: .other
        }
    }

    package var details: FailureDetails {
        FailureDetails(
            registry: registry?.text,
            endpoint: endpoint,
            status: status,
            attempts: attempts,
            nextStep: nextStep,
            cause: cause
        )
    }

    /// The kind of fault that outlasted all tries: what was asked for has no part in it.
    private var cause: String? {
        guard code == .unavailable, let fault = underlying as? HTTPTransportError else { return nil }
        return "\(fault.code)" + (fault.status.map { " \($0)" } ?? "")
    }

    /// One sentence.
    package var description: String { message }

    static func invalidCredentialFile(_ path: String, _ problem: String) -> RegistryClientError {
        let isVariable = path.hasPrefix("$")
        return RegistryClientError(
            .invalidCredentialFile,
            registry: nil,
            subject: path,
            message: isVariable
                ? "the variable \(path) \(problem); correct it, or name a file with --authfile"
                : "the credentials file \(path) \(problem); correct it, or name another one with --authfile"
        )
    }

    static func credentialHelperFailed(_ lead: HelperLead, _ problem: String) -> RegistryClientError {
        let finding =
            "the credential helper \(lead.helper.program), which \(lead.finding.file) names for "
            + "\"\(lead.finding.entry.prefix(200))\", \(problem)"
        let nextStep = "\(lead.advice), or name a file that holds the credentials themselves with --authfile"
        return RegistryClientError(
            .credentialHelperFailed,
            registry: nil,
            subject: lead.finding.file,
            message: "\(finding); \(nextStep)",
            finding: finding,
            nextStep: nextStep
        )
    }
}
