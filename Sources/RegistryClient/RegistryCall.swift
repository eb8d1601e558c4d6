import HTTPTransport
import NIOCore
import OCIModel

/// A request to a registry, before it has an address and an identity.
struct RegistryCall: Sendable {
    /// Where it goes.
    enum Target: Sendable {
        /// Path and query below the registry's root.
        case path(String)
        /// An address that the registry gave.
        case url(HTTPURL)
    }

    var method: HTTPRequest.Method
    var target: Target
    var access: RegistryAccess
    var fields: HTTPFields
    var body: ByteBuffer?
    /// What it is about: a tag or digest, or a word.
    var subject: String
    /// What is tried, as in "could not `read manifest 4.18.1`".
    var action: String

    init(
        _ method: HTTPRequest.Method,
        _ target: Target,
        _ access: RegistryAccess,
        fields: HTTPFields = [:],
        body: ByteBuffer? = nil,
        subject: String,
        action: String
    ) {
        self.method = method
        self.target = target
        self.access = access
        self.fields = fields
        self.body = body
        self.subject = subject
        self.action = action
    }

    init(
        _ method: HTTPRequest.Method,
        path: String,
        _ access: RegistryAccess,
        fields: HTTPFields = [:],
        body: ByteBuffer? = nil,
        subject: String,
        action: String
    ) {
        self.init(method, .path(path), access, fields: fields, body: body, subject: subject, action: action)
    }
}

extension RegistryClient {
    /// The root of the registry; found out once.
    ///
    /// - Throws: `HTTPTransportError`.
    func baseURL() async throws -> HTTPURL {
        // The name of references is not where Docker Hub's registry answers.
        if registry == .dockerHub { return HTTPURL(scheme: .https, host: "registry-1.docker.io", port: nil) }
        return try await transport.baseURL(host: registry.host, port: registry.port)
    }

    /// Sends a call once, and a second time with a new token when the registry asks for one.
    ///
    /// - Throws: `HTTPTransportError` for faults; `RegistryClientError.unauthorized`; `CancellationError`.
    func attempt(_ call: RegistryCall, upTo limit: Int) async throws -> HTTPAnswer {
        try await authorized(call) { try await transport.attempt($0, upTo: limit) }
    }

    /// Sends a call as ``attempt(_:upTo:)`` does, and returns when the head of the answer is there.
    ///
    /// - Throws: `HTTPTransportError` for faults; `RegistryClientError.unauthorized`; `CancellationError`.
    func open(_ call: RegistryCall) async throws -> HTTPExchange {
        try await authorized(call) { request in
            let exchange = try await transport.open(request)
            // The text of a refusal is short; reading it keeps the connection for the second request.
            if exchange.status == 401 { _ = try await exchange.prefix(16 << 10) }
            return exchange
        }
    }

    /// Sends a call and tries again on faults.
    ///
    /// - Returns: the answer, of any status that is not worth another try.
    /// - Throws: `RegistryClientError`; `CancellationError`.
    func collect(_ call: RegistryCall, upTo limit: Int) async throws -> HTTPAnswer {
        var budget = transport.retryBudget()
        do {
            // It has tries of its own; inside of the loop they would multiply.
            _ = try await baseURL()
            while true {
                let failure: HTTPTransportError
                do {
                    let answer = try await attempt(call, upTo: limit)
                    guard let fault = fault(of: answer, to: call.method) else { return answer }
                    failure = fault
                } catch let fault as HTTPTransportError {
                    failure = fault
                }
                try await transport.backOff(&budget, after: failure)
            }
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(fault, purpose(of: call))
        }
    }

    /// The fault that an answer means, with the registry's words; nil for answers that are not worth another try.
    func fault(of answer: HTTPAnswer, to method: HTTPRequest.Method) -> HTTPTransportError? {
        guard var fault = transport.fault(of: answer, to: method) else { return nil }
        if let text = words(of: answer) { fault.reason += " (\(text))" }
        return fault
    }

    /// What the registry wrote about a refusal, without secrets; nil when it wrote nothing readable.
    func words(of answer: HTTPAnswer) -> String? {
        RegistryErrorDocument(answer).text(hiding: authorizer.secrets)
    }

    /// The error for an answer that says no.
    ///
    /// - Parameters:
    ///   - answer: the answer.
    ///   - call: what was asked.
    ///   - types: media type and artifact type of a manifest that was to be written.
    /// - Returns: the error, with advice where the cause is known.
    func failure(_ answer: HTTPAnswer, _ call: RegistryCall, types: [String] = []) -> RegistryClientError {
        let document = RegistryErrorDocument(answer)
        let refusal = RegistryClientError.Refusal(
            status: answer.status,
            codes: document.codes,
            text: words(of: answer),
            repository: call.access.repository,
            isWrite: [.post, .put, .patch].contains(call.method),
            types: types
        )
        return RegistryClientError(
            answer: answer,
            text: refusal.text,
            purpose(of: call),
            identity: authorizer.identity(for: call.access),
            refusal: refusal
        )
    }

    func purpose(of call: RegistryCall) -> RegistryClientError.Purpose {
        .init(registry: registry, repository: call.access.repository, subject: call.subject, action: call.action)
    }

    /// The request of a call, identified when it goes to the registry itself.
    func request(_ call: RegistryCall) async throws -> HTTPRequest {
        let base = try await baseURL()
        let url =
            switch call.target {
            case .path(let path): base.with(pathAndQuery: path)
            case .url(let url): url
            }
        var request = HTTPRequest(call.method, url, fields: call.fields, body: call.body)
        request.inheritsInsecurity = transport.isInsecure(base.origin)
        request.sender = registry.origin
        if url.origin == base.origin {
            request.authorization = try await authorizer.authorization(for: call.access)
        }
        return request
    }

    /// Whether an answer is the registry's own wish for (other) credentials.
    func asksForCredentials(_ answer: some HTTPAnswerHead) async throws -> Bool {
        guard answer.status == 401 else { return false }
        return answer.url.origin == (try await baseURL()).origin
    }

    private func authorized<Answer: HTTPAnswerHead>(
        _ call: RegistryCall,
        _ send: (HTTPRequest) async throws -> Answer
    ) async throws -> Answer {
        var request = try await request(call)
        var answer = try await send(request)
        var renewals = 0
        while try await asksForCredentials(answer) {
            // A refused new token tells that rights are missing, unless the request had to wait until it was over.
            let mayTry = renewals == 0 || renewals < 4 && authorizer.wasOver(request.authorization, for: call.access)
            guard mayTry else { return answer }
            renewals += 1
            request.authorization = try await authorizer.renewed(
                after: answer.fields,
                of: baseURL(),
                for: call.access,
                rejected: request.authorization
            )
            answer = try await send(request)
        }
        return answer
    }
}

extension RegistryName {
    /// The host that the files of certificates are named after.
    var origin: HTTPOrigin { HTTPOrigin(scheme: .https, host: host, port: port ?? 443) }
}
