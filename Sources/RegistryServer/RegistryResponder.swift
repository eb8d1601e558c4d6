import Hummingbird
import ImageStorage
import Logging
import NIOCore
import OCIModel

/// Answers requests: authentication, routing, errors, hooks; the endpoints are in the extensions.
struct RegistryResponder: HTTPResponder {
    /// What the framework knows of a request besides its head and body.
    struct Context: InitializableFromSource {
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            channel = source.channel
        }
    }

    /// One request on its way through the endpoints.
    struct Exchange {
        let request: Request
        let query: RequestQuery
        /// The connection.
        let channel: any Channel
        /// The request's body; fails when it is shorter than the head promised.
        let body: BlobStream
        /// Whether an upload begins where a mount is asked for.
        var ignoresMount = false

        var isHead: Bool { request.method == .head }

        init(_ request: Request, body: BlobStream, channel: any Channel) {
            self.request = request
            self.channel = channel
            query = RequestQuery(request.uri.query)
            let promised = request.headers[.contentLength].flatMap { Int64($0) }
            let received = SingleConsumer<Int64>(0)
            self.body = BlobStream {
                let chunk = try await body.next()
                received.value += Int64(chunk?.readableBytes ?? 0)
                // A connection that was closed in order looks like the end of the body.
                guard chunk != nil || promised == nil || received.value == promised else { throw BrokenBody() }
                return chunk
            }
        }
    }

    /// The connection ended in the middle of a request.
    struct BrokenBody: Error {}

    let content: any RegistryContent
    let options: RegistryServer.Options
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        let route = Result { () throws(RegistryProblem) in try RegistryRoute(path: request.uri.path) }
        guard let hook = options.hook else {
            return await answer(route, Exchange(request, body: BlobStream(request.body), channel: context.channel))
        }
        var request = request
        // What stands beside the registry, such as a token service of a test, is played by the hook alone.
        let isForeignForm = route.value == nil && request.method == .post
        let form = isForeignForm ? String(buffer: try await request.collectBody(upTo: 64 << 10)) : nil
        let observed = RegistryRequest(
            method: request.method.rawValue,
            path: request.uri.string,
            route: route.value,
            fields: Dictionary(
                request.headers.map { ($0.name.canonicalName, $0.value) }
                    // The framework keeps it apart from the others.
                    + (request.head.authority.map { [("host", $0)] } ?? []),
                uniquingKeysWith: { first, _ in first }
            ),
            form: form
        )
        let intervention = await hook.intervention(for: observed)
        let meter = BodyMeter(intervention)
        if intervention.delay > .zero {
            do {
                try await Task.sleep(for: intervention.delay)
            } catch {
                hook.finished(observed, meter.outcome(status: 0, isComplete: false))
                throw error
            }
        }
        if intervention.closes { try await cut(observed, hook, meter, context) }
        var response: Response
        if let answer = intervention.answer {
            response = Self.spoilt(answer, isHead: request.method == .head)
        } else {
            var body = meter.observe(BlobStream(request.body))
            var verdict: Intervention.Answer?
            if let judge = intervention.judge, request.method == .put, case .manifest? = route.value {
                (verdict, body) = await judged(body, judge)
            }
            if let verdict {
                response = Self.spoilt(verdict, isHead: false)
            } else {
                var exchange = Exchange(request, body: body, channel: context.channel)
                exchange.ignoresMount = intervention.ignoresMount
                response = await self.answer(route, exchange)
            }
            if meter.isRequestCut { try await cut(observed, hook, meter, context) }
            intervention.rewrite.map { Self.rewrite(&response, $0) }
        }
        let status = Int(response.status.code)
        response.body = response.body.observed(by: meter, isHead: request.method == .head) { isComplete in
            hook.finished(observed, meter.outcome(status: status, isComplete: isComplete))
        }
        return response
    }

    /// What a hook says of a manifest, and the manifest once more; one that is too large or breaks off is left to the store.
    private func judged(
        _ body: BlobStream,
        _ judge: @Sendable ([UInt8]) -> Intervention.Answer?
    ) async -> (Intervention.Answer?, BlobStream) {
        var bytes: [UInt8] = []
        do {
            while bytes.count <= options.maximumManifestSize, let chunk = try await body.next() {
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch {
            return (nil, BlobStream { throw error })
        }
        let whole = SingleConsumer<ByteBuffer?>(ByteBuffer(bytes: bytes))
        return (judge(bytes), BlobStream { whole.value.take() })
    }

    /// Closes the connection of a request in the middle.
    private func cut(
        _ request: RegistryRequest,
        _ hook: any RequestHook,
        _ meter: BodyMeter,
        _ context: Context
    ) async throws -> Never {
        hook.finished(request, meter.outcome(status: 0, isComplete: false))
        try await context.channel.close()
        throw BodyMeter.Cut()
    }

    private func answer(_ route: Result<RegistryRoute, RegistryProblem>, _ exchange: Exchange) async -> Response {
        var response: Response
        do {
            try authenticate(exchange)
            response = try await respond(to: try route.get(), exchange)
        } catch {
            response = problem(for: error).response(isHead: exchange.isHead)
        }
        response.headers[.apiVersion] = "registry/2.0"
        if exchange.isHead { response.body = .init() }
        if response.status == .methodNotAllowed {
            response.headers[.allow] = route.value?.methods(isReadOnly: content.writer == nil)
        }
        logger.debug(
            "answered",
            metadata: [
                "method": "\(exchange.request.method)", "path": "\(exchange.request.uri.path)",
                "status": "\(response.status.code)",
            ]
        )
        return response
    }

    private func authenticate(_ exchange: Exchange) throws(RegistryProblem) {
        guard let users = options.users, !users.admit(exchange.request.headers[.authorization]) else { return }
        var problem = RegistryProblem(401, .unauthorized, "a user name and password are needed")
        problem.headers[.wwwAuthenticate] = #"Basic realm="ferry""#
        throw problem
    }

    private func respond(to route: RegistryRoute, _ exchange: Exchange) async throws -> Response {
        let isRead = exchange.isHead || exchange.request.method == .get
        switch route {
        case .base where isRead: return Self.json("{}", isHead: exchange.isHead)
        case .catalog where isRead: return try await listRepositories(exchange)
        case .tags(let repository) where isRead: return try await listTags(of: repository, exchange)
        case .referrers(let digest, let repository) where isRead:
            return try await listReferrers(of: digest, in: repository, exchange)
        case .manifest(let reference, let repository):
            return try await respond(toManifest: reference, in: repository, exchange)
        case .blob(let digest, let repository): return try await respond(toBlob: digest, in: repository, exchange)
        case .uploads(let repository) where exchange.request.method == .post:
            return try await startUpload(in: repository, exchange, to: try writer())
        case .upload(let session, let repository):
            return try await respond(toUpload: session, in: repository, exchange)
        default: throw RegistryProblem.methodNotAllowed
        }
    }

    // The optimiser of Swift 6.3 crashes when these are one function; they are not to be inlined into one either.

    @inline(never)
    private func respond(
        toManifest reference: ManifestReference,
        in repository: RepositoryPath,
        _ exchange: Exchange
    ) async throws -> Response {
        switch exchange.request.method {
        case .get, .head: return try await getManifest(reference, in: repository, exchange)
        case .put: return try await putManifest(reference, in: repository, exchange, to: try writer())
        case .delete: return try await deleteManifest(reference, in: repository, from: try writer())
        default: throw RegistryProblem.methodNotAllowed
        }
    }

    @inline(never)
    private func respond(
        toBlob digest: Digest,
        in repository: RepositoryPath,
        _ exchange: Exchange
    ) async throws -> Response {
        switch exchange.request.method {
        case .get, .head: return try await getBlob(digest, in: repository, exchange)
        case .delete: return try await deleteBlob(digest, in: repository, from: try writer())
        default: throw RegistryProblem.methodNotAllowed
        }
    }

    @inline(never)
    private func respond(
        toUpload session: String,
        in repository: RepositoryPath,
        _ exchange: Exchange
    ) async throws -> Response {
        let writer = try writer()
        guard let upload = UploadID(session) else { throw Self.uploadUnknown }
        switch exchange.request.method {
        case .patch: return try await patchUpload(upload, in: repository, exchange, to: writer)
        case .put: return try await finishUpload(upload, in: repository, exchange, to: writer)
        case .get: return try await getUpload(upload, in: repository, from: writer)
        case .delete: return try await cancelUpload(upload, in: repository, from: writer)
        default: throw RegistryProblem.methodNotAllowed
        }
    }

    private func writer() throws(RegistryProblem) -> any RegistryWriter {
        guard let writer = content.writer else { throw .readOnly }
        return writer
    }

    private func problem(for error: any Error) -> RegistryProblem {
        if let problem = error as? RegistryProblem { return problem }
        if let error = error as? ImageStorageError {
            switch error.code {
            case .missingContent:
                return RegistryProblem(400, .manifestBlobUnknown, error.message, detail: ["digest": error.subject])
            case .digestMismatch:
                return RegistryProblem(400, .digestInvalid, error.message, detail: ["digest": error.subject])
            case .blobNotFound: return RegistryProblem(404, .blobUnknown, error.message)
            case .readOnly: return .readOnly
            case .noSpace: return RegistryProblem(507, .denied, "no space is left on the registry's disk")
            default: break
            }
        }
        if error is BrokenBody {
            return RegistryProblem(400, .sizeInvalid, "the body is shorter than its Content-Length")
        }
        // What failed may name folders of this machine, which is nobody's business but the operator's.
        report("a request failed: \(error)")
        return RegistryProblem(500, .unknown, "the registry's store failed; its log says why")
    }

    /// Tells the operator of a failure of the content.
    func report(_ failure: String) {
        guard let onFailure = options.onFailure else {
            logger.info("\(failure)")
            return
        }
        onFailure(failure)
    }

    /// An answer that a hook asked for.
    private static func spoilt(_ answer: Intervention.Answer, isHead: Bool) -> Response {
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(answer.body.utf8.count)
        for (name, value) in answer.fields {
            if let name = HeaderName(name) { fields[name] = value }
        }
        return Response(
            status: .init(code: answer.status),
            headers: fields,
            body: isHead ? .init() : .init(byteBuffer: ByteBuffer(string: answer.body))
        )
    }

    private static func rewrite(_ response: inout Response, _ change: (inout Intervention.Head) -> Void) {
        var head = Intervention.Head(status: Int(response.status.code), fields: [:])
        for field in response.headers { head.fields[field.name.canonicalName] = field.value }
        change(&head)
        response.status = .init(code: head.status)
        response.headers = HTTPFields()
        for (name, value) in head.fields {
            if let name = HeaderName(name) { response.headers[name] = value }
        }
    }

    /// An answer of JSON, without its body for `HEAD`.
    static func json(_ text: String, isHead: Bool = false) -> Response {
        json(Array(text.utf8), isHead: isHead)
    }

    /// An answer of JSON, without its body for `HEAD`.
    static func json(_ bytes: [UInt8], isHead: Bool = false) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json", .contentLength: String(bytes.count)],
            body: isHead ? .init() : .init(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}

extension Result {
    /// The value, nil when it is a failure.
    fileprivate var value: Success? {
        guard case .success(let value) = self else { return nil }
        return value
    }
}
