import Hummingbird
import ImageStorage
import OCIModel

extension RegistryResponder {
    /// There is no such session.
    static var uploadUnknown: RegistryProblem {
        RegistryProblem(404, .blobUploadUnknown, "there is no such upload; it ended, or the registry was started anew")
    }

    /// Mounts a blob, takes a whole one, or begins an upload (`POST /v2/<name>/blobs/uploads/`).
    func startUpload(
        in repository: RepositoryPath,
        _ exchange: Exchange,
        to writer: any RegistryWriter
    ) async throws -> Response {
        if let mount = exchange.query["mount"], let origin = exchange.query["from"] {
            let digest = try Self.digest(mount)
            let from = try Self.repository(origin)
            if !exchange.ignoresMount, try await writer.mountBlob(digest, from: from, to: repository) {
                return Self.created(digest, in: repository)
            }
        } else if let text = exchange.query["digest"] {
            let digest = try Self.digest(text)
            let upload = try await writer.beginUpload(in: repository)
            return try await store(upload, in: repository, exchange, as: digest, to: writer)
        }
        let upload = try await writer.beginUpload(in: repository)
        return Self.progress(.accepted, upload, in: repository, size: 0)
    }

    /// Takes a chunk (`PATCH /v2/<name>/blobs/uploads/<session>`).
    @inline(never)
    func patchUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        _ exchange: Exchange,
        to writer: any RegistryWriter
    ) async throws -> Response {
        let offset = try Self.offset(exchange)
        let progress = try await writer.appendUpload(exchange.body, to: upload, in: repository, at: offset)
        return Self.progress(.accepted, upload, in: repository, size: try Self.size(progress, upload, in: repository))
    }

    /// Takes the last bytes, if any, and ends an upload (`PUT /v2/<name>/blobs/uploads/<session>?digest=…`).
    @inline(never)
    func finishUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        _ exchange: Exchange,
        to writer: any RegistryWriter
    ) async throws -> Response {
        guard let text = exchange.query["digest"] else {
            throw RegistryProblem(400, .digestInvalid, "the end of an upload needs ?digest=")
        }
        return try await store(upload, in: repository, exchange, as: try Self.digest(text), to: writer)
    }

    /// Says how far an upload is (`GET /v2/<name>/blobs/uploads/<session>`).
    @inline(never)
    func getUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        from writer: any RegistryWriter
    ) async throws -> Response {
        let progress = try await writer.uploadProgress(upload, in: repository)
        return Self.progress(.noContent, upload, in: repository, size: try Self.size(progress, upload, in: repository))
    }

    /// Gives an upload up (`DELETE /v2/<name>/blobs/uploads/<session>`).
    @inline(never)
    func cancelUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        from writer: any RegistryWriter
    ) async throws -> Response {
        guard try await writer.cancelUpload(upload, in: repository) else { throw Self.uploadUnknown }
        return Response(status: .noContent)
    }

    @inline(never)
    private func store(
        _ upload: UploadID,
        in repository: RepositoryPath,
        _ exchange: Exchange,
        as digest: Digest,
        to writer: any RegistryWriter
    ) async throws -> Response {
        let offset = try Self.offset(exchange)
        let progress = try await writer.appendUpload(exchange.body, to: upload, in: repository, at: offset)
        _ = try Self.size(progress, upload, in: repository)
        let final = try await writer.finishUpload(upload, in: repository, as: digest)
        _ = try Self.size(final, upload, in: repository)
        return Self.created(digest, in: repository)
    }

    /// Where the bytes of a request belong, when it says so; checked against its length.
    private static func offset(_ exchange: Exchange) throws(RegistryProblem) -> Int64? {
        guard let header = exchange.request.headers[.contentRange] else { return nil }
        let length = exchange.request.headers[.contentLength].flatMap { Int64($0) }
        guard let range = ByteRange.parseUpload(header), length == nil || length == Int64(range.count) else {
            throw RegistryProblem(400, .blobUploadInvalid, "Content-Range \(header.prefix(80)) does not fit the body")
        }
        return range.lowerBound
    }

    private static func size(
        _ progress: UploadProgress,
        _ upload: UploadID,
        in repository: RepositoryPath
    ) throws(RegistryProblem) -> Int64 {
        switch progress {
        case .at(let size): return size
        case .unknown: throw uploadUnknown
        case .busy:
            var problem = RegistryProblem(429, .tooManyRequests, "another request writes to this upload")
            problem.headers[.retryAfter] = "1"
            throw problem
        case .wrongOffset(let size):
            var problem = RegistryProblem(416, .blobUploadInvalid, "the upload goes on at byte \(size)")
            problem.headers = headers(of: upload, in: repository, size: size)
            throw problem
        }
    }

    private static func progress(
        _ status: HTTPResponse.Status,
        _ upload: UploadID,
        in repository: RepositoryPath,
        size: Int64
    ) -> Response {
        Response(status: status, headers: headers(of: upload, in: repository, size: size))
    }

    private static func headers(of upload: UploadID, in repository: RepositoryPath, size: Int64) -> HTTPFields {
        [
            .location: "/v2/\(repository)/blobs/uploads/\(upload)", .uploadID: upload.text,
            // The range is inclusive, so that nothing and one byte look the same.
            .range: "0-\(max(0, size - 1))",
        ]
    }

    private static func created(_ digest: Digest, in repository: RepositoryPath) -> Response {
        Response(
            status: .created,
            headers: [.location: "/v2/\(repository)/blobs/\(digest)", .contentDigest: digest.description]
        )
    }

    private static func digest(_ text: String) throws(RegistryProblem) -> Digest {
        do {
            return try Digest(text)
        } catch {
            throw RegistryProblem(400, .digestInvalid, "\(error)")
        }
    }

    private static func repository(_ text: String) throws(RegistryProblem) -> RepositoryPath {
        do {
            return try RepositoryPath(text)
        } catch {
            throw RegistryProblem(400, .nameInvalid, "\(error)")
        }
    }
}
