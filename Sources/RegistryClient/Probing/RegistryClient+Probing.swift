import Foundation
package import HTTPTransport
import NIOCore
package import OCIModel

/// Questions that are asked to learn what a registry takes. Nothing is remembered of the answers, so that they change
/// nothing of what a transfer sends.
extension RegistryClient {
    /// The registry's answer to somebody who has not logged in.
    ///
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#determining-support
    ///
    /// - Returns: what it says of itself.
    /// - Throws: `HTTPTransportError` when it cannot be reached; `CancellationError`.
    package func introduction() async throws -> RegistryFacts {
        let base = try await baseURL()
        var request = HTTPRequest(
            .get,
            base.with(pathAndQuery: "/v2/"),
            inheritsInsecurity: transport.isInsecure(base.origin)
        )
        request.sender = registry.origin
        let answer = try await transport.collect(request, upTo: 1 << 20)
        return RegistryFacts(host: registry.host, status: answer.status, fields: answer.fields)
    }

    /// Whether the registry answers under `/v2/_zot/ext/mgmt` as only zot does.
    ///
    /// - Throws: `RegistryClientError` when it cannot be reached; `CancellationError`.
    package func hasZotExtension() async throws -> Bool {
        let answer = try await probe(.get, "/v2/_zot/ext/mgmt", .login, "ask for zot's endpoints")
        guard answer.isSuccess else { return false }
        return String(decoding: answer.bytes, as: UTF8.self).contains("distSpecVersion")
    }

    /// Where the registry is asked.
    package var origin: HTTPOrigin {
        let isDockerHub = registry == .dockerHub
        return isDockerHub
            ? HTTPOrigin(scheme: .https, host: "registry-1.docker.io", port: 443) : registry.origin
    }

    /// The scheme that the registry is asked in.
    ///
    /// - Throws: `HTTPTransportError` when its port answers in neither.
    package func scheme() async throws -> HTTPURL.Scheme { try await baseURL().origin.scheme }

    /// Reads a manifest, to see whether that is allowed.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeManifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ProbeAnswer {
        try await probe(
            .head,
            "/v2/\(repository)/manifests/\(reference)",
            .pull(repository),
            "read manifest \(reference)",
            fields: ["Accept": MediaType.manifests.map(\.text).joined(separator: ", ")]
        )
    }

    /// Reads a list of tags, to see whether that is allowed.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeTags(of repository: RepositoryPath) async throws -> ProbeAnswer {
        try await probe(.get, "/v2/\(repository)/tags/list?n=1", .pull(repository), "list the tags")
    }

    /// Puts a manifest.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probePut(
        _ document: ManifestDocument,
        at reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ProbeAnswer {
        try await probe(
            .put,
            "/v2/\(repository)/manifests/\(reference)",
            .push(repository),
            "write manifest \(reference)",
            fields: ["Content-Type": document.mediaType.text],
            body: document.bytes
        )
    }

    /// Deletes a manifest or tag.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeDelete(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ProbeAnswer {
        try await probeDelete("/v2/\(repository)/manifests/\(reference)", repository, "delete manifest \(reference)")
    }

    /// Deletes a blob.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeDelete(blob digest: Digest, in repository: RepositoryPath) async throws -> ProbeAnswer {
        try await probeDelete("/v2/\(repository)/blobs/\(digest)", repository, "delete blob \(digest)")
    }

    /// Deletes with the right to push, which is enough for some registries (Quay knows no other), then with that to
    /// delete, which others want.
    private func probeDelete(
        _ path: String,
        _ repository: RepositoryPath,
        _ action: String
    ) async throws -> ProbeAnswer {
        let answer = try await probe(.delete, path, .push(repository), action)
        guard [401, 403].contains(answer.status) else { return answer }
        return try await probe(.delete, path, .delete(repository), action)
    }

    /// Asks for the referrers of a manifest.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeReferrers(of digest: Digest, in repository: RepositoryPath) async throws -> ProbeAnswer {
        try await probe(
            .get,
            "/v2/\(repository)/referrers/\(digest)",
            .pull(repository),
            "list the referrers of \(digest)",
            fields: ["Accept": MediaType.ociIndex.text]
        )
    }

    private func probe(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: RegistryAccess,
        _ action: String,
        fields: HTTPFields = [:],
        body: [UInt8]? = nil
    ) async throws -> ProbeAnswer {
        let call = RegistryCall(
            method,
            path: path,
            access,
            fields: fields,
            body: body.map { ByteBuffer(bytes: $0) },
            subject: path,
            action: action
        )
        return try await probe(call).answer
    }

    /// Sends a call; an answer of whatever status is what was asked for.
    ///
    /// - Throws: `RegistryClientError` when there is no answer at all; `CancellationError`.
    func probe(_ call: RegistryCall) async throws -> (answer: ProbeAnswer, url: HTTPURL?, location: HTTPURL?) {
        do {
            let answer = try await collect(call, upTo: 1 << 20)
            let document = RegistryErrorDocument(answer)
            let probe = ProbeAnswer(
                status: answer.status,
                fields: answer.fields,
                codes: document.codes,
                bytes: answer.bytes,
                refusal: answer.isSuccess ? nil : failure(answer, call)
            )
            return (probe, answer.url, uploadSession(answer))
        } catch let error as RegistryClientError where error.status != nil {
            let probe = ProbeAnswer(status: error.status ?? 0, fields: [:], codes: [], bytes: [], refusal: error)
            return (probe, nil, nil)
        }
    }
}
