import HTTPTransport
import ImageStorage
package import OCIModel
import OpenSSLCrypto

extension RegistryClient {
    /// The `Accept` list of manifest requests.
    private static let acceptedManifests = MediaType.manifests.map(\.text).joined(separator: ", ")

    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        let call = manifestCall(.get, reference, repository)
        guard let answer = try await manifestAnswer(call) else { return nil }
        let expected: Digest? = if case .digest(let digest) = reference { digest } else { nil }
        do {
            return try ManifestDocument(
                verifying: answer.bytes,
                contentType: Self.mediaType(answer),
                expected: expected
            )
        } catch let error as ImageStorageError {
            throw RegistryClientError(.digestMismatch, error.message, purpose(of: call))
        } catch let error as OCIModelError {
            throw RegistryClientError(.unusableManifest, "\(error)", purpose(of: call))
        }
    }

    package func manifestDigest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> Digest? {
        let call = manifestCall(.head, reference, repository)
        let answer = try await collect(call, upTo: 0)
        if answer.status == 404 { return nil }
        if answer.isSuccess, let digest = Self.contentDigest(answer) { return digest }
        guard answer.isSuccess || [400, 405, 501].contains(answer.status) else { throw failure(answer, call) }
        // Without a usable header, or without HEAD, the body tells.
        return try await bodyDigest(reference, manifestCall(.get, reference, repository))
    }

    package func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        // Asked of targets only, see `containsBlob`.
        try await bodyDigest(reference, manifestCall(.get, reference, repository, .push(repository)))
    }

    /// The digest of the bytes that a call is answered with; nil when there are none.
    private func bodyDigest(_ reference: ManifestReference, _ call: RegistryCall) async throws -> Digest? {
        guard let answer = try await manifestAnswer(call) else { return nil }
        let algorithm: Digest.Algorithm = if case .digest(let digest) = reference { digest.algorithm } else { .sha256 }
        return try ContentHasher.digest(of: answer.bytes, algorithm)
    }

    /// The digest that an answer names, if it names a valid one.
    static func contentDigest(_ answer: some HTTPAnswerHead) -> Digest? {
        guard let text = answer.fields["docker-content-digest"] else { return nil }
        do {
            return try Digest(text)
        } catch {
            return nil  // a hint that is none; the body decides
        }
    }

    private func manifestAnswer(_ call: RegistryCall) async throws -> HTTPAnswer? {
        let answer = try await collect(call, upTo: configuration.maximumManifestSize)
        if answer.status == 404 { return nil }
        guard answer.isSuccess else { throw failure(answer, call) }
        return answer
    }

    private func manifestCall(
        _ method: HTTPRequest.Method,
        _ reference: ManifestReference,
        _ repository: RepositoryPath,
        _ access: RegistryAccess? = nil
    ) -> RegistryCall {
        RegistryCall(
            method,
            path: "/v2/\(repository)/manifests/\(reference)",
            access ?? .pull(repository),
            fields: ["Accept": Self.acceptedManifests],
            subject: reference.description,
            action: "read manifest \(reference)"
        )
    }

    private static func mediaType(_ answer: HTTPAnswer) -> MediaType? {
        guard let text = answer.fields["content-type"] else { return nil }
        do {
            return try MediaType(text)
        } catch {
            return nil  // a hint that is none; the body decides
        }
    }
}
