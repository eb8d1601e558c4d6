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

        /// The action of the request that only finds out how to log in.
        static let login = "log in"

        /// Where it happened, for the end of a sentence.
        var place: String { registry.text + (repository.map { "/\($0.text)" } ?? "") }
    }

    /// A failure of the transport.
    init(_ fault: HTTPTransportError, _ purpose: Purpose) {
        let advice =
            switch fault.code {
            case _ where fault.advice != nil: ""
            case .unknownHost: "; check the spelling: the name server of this machine must know it"
            case .connectionFailed, .timedOut:
                "; check that it runs, its name and port, and the network"
            case .status: "; try again later"
            case .connectionClosed, .invalidAnswer:
                "; try again later, and look whether a proxy or firewall on the way cuts or changes answers"
            case .redirectLimit, .redirectRefused:
                "; correct where the registry, or a proxy before it, sends its clients"
            case .bodyTooLarge: "; what is there is no image as registries hold them: correct the reference"
            default: ""
            }
        self.init(
            fault.code == .bodyTooLarge ? .tooLarge : .unavailable,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            status: fault.status,
            attempts: fault.attempts,
            message: "\(Self.failed(purpose, fault)): \(fault)\(advice)",
            endpoint: fault.endpoint,
            nextStep: fault.advice ?? Self.step(advice),
            underlying: fault
        )
    }

    /// What was not done: nobody has asked for a login where there was no connection.
    private static func failed(_ purpose: Purpose, _ fault: HTTPTransportError) -> String {
        guard purpose.action == Purpose.login else { return "could not \(purpose.action) at \(purpose.place)" }
        return switch fault.code {
        case .status, .bodyTooLarge, .invalidAnswer: "could not \(purpose.action) at \(purpose.place)"
        default: "could not reach the registry \(purpose.place)"
        }
    }

    /// An answer that says no.
    ///
    /// - Parameters:
    ///   - answer: status and fields.
    ///   - text: what the registry wrote about it.
    ///   - purpose: what was tried.
    ///   - identity: the credentials used.
    ///   - refusal: the same answer, for advice about what was to be written.
    init(
        answer: some HTTPAnswerHead,
        text: String?,
        _ purpose: Purpose,
        identity: UsedIdentity,
        refusal: Refusal
    ) {
        let (code, advice): (Code, String) =
            switch answer.status {
            case 400 where Self.asksForCertificate(answer):
                (
                    .unauthorized,
                    "; it asks for a client certificate: see containers-certs.d(5) for where to put one, or name the folder "
                        + "with --cert-dir"
                )
            case 401: (.unauthorized, "")
            case 403: (.denied, refusal.advice ?? "; check that the account has the rights")
            // What was to be written is not what is missing.
            case 404:
                (
                    refusal.isWrite ? .refused : .manifestNotFound,
                    refusal.advice
                        ?? "; create the repository or project there first, if the registry does not by itself"
                )
            case 405:
                (
                    .refused,
                    "; the registry, or a proxy before it, takes no such request: allow it there, or name another registry"
                )
            case 413: (.tooLarge, BodyLimitAdvice.text(for: answer))
            default: (.refused, refusal.advice ?? "; see the registry's log and settings for why it refuses this")
            }
        let isAboutLogin = answer.status == 401 || answer.status == 403
        let used = isAboutLogin ? "; \(identity.text)" : ""
        let login = isAboutLogin ? identity.advice : ""
        // Where was looked is the least of it.
        let places = code == .unauthorized || code == .denied ? identity.places : ""
        // Their words are in the middle of a sentence of ours.
        let detail = text.map { ": \($0.hasSuffix(".") ? $0.dropLast() : $0[...])" } ?? ""
        let refused =
            "could not \(purpose.action) at \(purpose.place): \(answer.url.origin.authority) answered "
            + "\(answer.status)\(detail)"
        self.init(
            code,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            status: answer.status,
            message: refused + used + login + advice + places,
            finding: refused + used + advice + places,
            endpoint: "\(answer.url)",
            nextStep: Self.step(used + login + advice)
        )
    }

    /// Whether it is the page by which nginx asks for the client's certificate, as it does only when the handshake is over.
    private static func asksForCertificate(_ answer: some HTTPAnswerHead) -> Bool {
        guard let answer = answer as? HTTPAnswer else { return false }
        return String(decoding: answer.bytes.prefix(1_000), as: UTF8.self).contains("SSL certificate")
    }

    /// An answer that makes no sense.
    init(invalid problem: String, _ purpose: Purpose, status: Int? = nil, underlying: (any Error)? = nil) {
        self.init(
            .invalidAnswer,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            status: status,
            message: "could not \(purpose.action) at \(purpose.place): \(problem)\(Self.invalidAdvice)",
            nextStep: Self.step(Self.invalidAdvice),
            underlying: underlying
        )
    }

    private static let invalidAdvice =
        "; see whether a proxy on the way changes answers, and whether that is a registry"

    /// Bytes or digests that differ, and credentials that are never good.
    init(_ code: Code, _ problem: String, _ purpose: Purpose, used: UsedIdentity? = nil) {
        let failed = "could not \(purpose.action) at \(purpose.place): \(problem)"
        self.init(
            code,
            registry: purpose.registry,
            repository: purpose.repository,
            subject: purpose.subject,
            message: failed + (used.map { "; \($0)" } ?? "") + Self.advice(code),
            finding: failed + (used.map { "; \($0.text)\($0.places)" } ?? "") + Self.advice(code),
            nextStep: Self.step(Self.advice(code))
        )
    }

    private static func advice(_ code: Code) -> String {
        switch code {
        case .digestMismatch, .sizeMismatch:
            "; the registry, or something on the way, gives wrong bytes: try again, and if it stays so have the image "
                + "pushed there anew"
        case .unusableManifest: "; correct the reference, or have the image pushed anew in a format of today"
        default: ""
        }
    }

    /// The advice by itself, without what joins it to a sentence.
    private static func step(_ advice: String) -> String? {
        advice.isEmpty ? nil : String(advice.trimmingPrefix("; "))
    }
}

extension HTTPTransportError {
    /// The address alone; nil when the failure is not about one.
    fileprivate var endpoint: String? {
        guard !host.isEmpty else { return nil }
        return request.split(separator: " ", maxSplits: 1).last.map(String.init)
    }
}
