import HTTPTransport
import OCIModel

extension RegistryClientError {
    /// What a request was for, as part of sentences.
    struct Purpose: Sendable {
        let registry: RegistryName
        let repository: RepositoryPath?
        /// A tag or digest, or a word such as `tags`.
        let subject: String
        /// What was tried, as in "could not `read manifest 4.18.1`".
        let action: String

        /// Where it happened, for the end of a sentence.
        var place: String { registry.text + (repository.map { "/\($0.text)" } ?? "") }
    }

    /// A failure of the transport.
    init(_ fault: HTTPTransportError, _ purpose: Purpose) {
        let advice =
            switch fault.code {
            case .unknownHost, .connectionFailed, .timedOut:
                "; check that it runs, its name and port, and the network"
            case .status: "; try again later"
            default: ""
            }
        self.init(
            fault.code == .bodyTooLarge ? .tooLarge : .unavailable,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            status: fault.status,
            attempts: fault.attempts,
            message: "could not \(purpose.action) at \(purpose.place): \(fault)\(advice)",
            underlying: fault
        )
    }

    /// An answer that says no.
    ///
    /// - Parameters:
    ///   - answer: status and fields.
    ///   - text: what the registry wrote about it.
    ///   - purpose: what was tried.
    ///   - identity: the credentials used, as part of a sentence.
    ///   - refusal: the same answer, for advice about what was to be written.
    init(
        answer: some HTTPAnswerHead,
        text: String?,
        _ purpose: Purpose,
        identity: String,
        refusal: Refusal
    ) {
        let (code, advice): (Code, String) =
            switch answer.status {
            case 401: (.unauthorized, "; \(identity)")
            case 403: (.denied, "; \(identity)" + (refusal.advice ?? "; check that the account has the rights"))
            // What was to be written is not what is missing.
            case 404: (refusal.isWrite ? .refused : .manifestNotFound, refusal.advice ?? "")
            case 413: (.tooLarge, "; the registry or a proxy before it limits the size of uploads: raise that limit")
            default: (.refused, refusal.advice ?? "")
            }
        let detail = text.map { ": \($0)" } ?? ""
        self.init(
            code,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            status: answer.status,
            message: "could not \(purpose.action) at \(purpose.place): "
                + "\(answer.url.origin.authority) answered \(answer.status)\(detail)\(advice)"
        )
    }

    /// An answer that makes no sense.
    init(invalid problem: String, _ purpose: Purpose, status: Int? = nil, underlying: (any Error)? = nil) {
        self.init(
            .invalidAnswer,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            status: status,
            message: "could not \(purpose.action) at \(purpose.place): \(problem)",
            underlying: underlying
        )
    }

    /// Bytes or digests that differ.
    init(_ code: Code, _ problem: String, _ purpose: Purpose) {
        self.init(
            code,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            message: "could not \(purpose.action) at \(purpose.place): \(problem)"
        )
    }
}
