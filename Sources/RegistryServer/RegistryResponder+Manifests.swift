import Hummingbird
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto

extension RegistryResponder {
    /// Sends a manifest (`GET` and `HEAD` of `/v2/<name>/manifests/<reference>`).
    func getManifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath,
        _ exchange: Exchange
    ) async throws -> Response {
        guard let document = try await content.manifest(reference, in: repository) else {
            guard try await content.hasRepository(repository) else { throw Self.nameUnknown(repository) }
            throw Self.manifestUnknown(reference, in: repository)
        }
        let tag = EntityTag(document.digest)
        var headers: HTTPFields = [.contentDigest: document.digest.description, .eTag: tag.text]
        if tag.isKnown(to: exchange.request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: headers)
        }
        // Whatever the client accepts: another type would be other bytes, and another digest.
        headers[.contentType] = document.mediaType.text
        headers[.contentLength] = String(document.size)
        return Response(
            status: .ok,
            headers: headers,
            body: exchange.isHead ? .init() : .init(byteBuffer: ByteBuffer(bytes: document.bytes))
        )
    }

    /// Stores a manifest (`PUT /v2/<name>/manifests/<reference>`).
    func putManifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath,
        _ exchange: Exchange,
        to writer: any RegistryWriter
    ) async throws -> Response {
        let bytes = try await collect(exchange.body, limit: options.maximumManifestSize)
        let expected: Digest?
        let tag: Tag?
        switch reference {
        case .digest(let digest): (expected, tag) = (digest, nil)
        case .tag(let name): (expected, tag) = (nil, name)
        }
        let document: ManifestDocument
        do {
            let contentType = try exchange.request.headers[.contentType].map { try MediaType($0) }
            document = try ManifestDocument(verifying: bytes, contentType: contentType, expected: expected)
        } catch let error as OCIModelError {
            throw RegistryProblem(400, .manifestInvalid, "\(error)")
        }
        try await writer.putManifest(document, tag: tag, in: repository)
        var headers: HTTPFields = [
            .location: "/v2/\(repository)/manifests/\(document.digest)", .contentDigest: document.digest.description,
        ]
        headers[.subject] = document.manifest.subject?.digest.description
        return Response(status: .created, headers: headers)
    }

    /// Removes a manifest or tag (`DELETE /v2/<name>/manifests/<reference>`).
    func deleteManifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath,
        from writer: any RegistryWriter
    ) async throws -> Response {
        let isDeleted =
            switch reference {
            case .digest(let digest): try await writer.deleteManifest(digest, in: repository)
            case .tag(let tag): try await writer.deleteTag(tag, in: repository)
            }
        guard isDeleted else { throw Self.manifestUnknown(reference, in: repository) }
        return Response(status: .accepted)
    }

    private func collect(_ body: BlobStream, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await body.next() {
            guard bytes.count + chunk.readableBytes <= limit else {
                throw RegistryProblem(413, .sizeInvalid, "the manifest is larger than \(limit) bytes")
            }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }

    private static func manifestUnknown(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) -> RegistryProblem {
        RegistryProblem(
            404,
            .manifestUnknown,
            "repository \(repository) holds no manifest \(reference)",
            detail: ["reference": reference.description]
        )
    }

    /// There is no such repository.
    static func nameUnknown(_ repository: RepositoryPath) -> RegistryProblem {
        RegistryProblem(404, .nameUnknown, "there is no repository \(repository)", detail: ["name": repository.text])
    }
}
