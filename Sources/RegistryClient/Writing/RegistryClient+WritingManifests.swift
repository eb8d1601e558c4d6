import HTTPTransport
import ImageStorage
import NIOCore
package import OCIModel

extension RegistryClient: ImageSource, ImageTarget {
    package func writeManifest(
        _ document: ManifestDocument,
        to repository: RepositoryPath,
        tag: Tag?
    ) async throws {
        // A manifest that is put under a tag is there by its SHA-256 digest, too.
        if tag == nil || document.digest.algorithm != .sha256 {
            try await put(document, at: .digest(document.digest), in: repository)
        }
        if let tag { try await put(document, at: .tag(tag), in: repository) }
    }

    private func put(
        _ document: ManifestDocument,
        at reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws {
        let answer = try await putBytes(
            document.bytes,
            as: document.mediaType,
            digest: document.digest,
            at: reference,
            in: repository
        )
        // A registry that knows the referrers API says so here; else the list is the client's to keep.
        // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject
        if let subject = document.manifest.subject, answer.fields["oci-subject"] == nil {
            try await addReferrer(document, to: subject.digest, in: repository)
        }
    }

    /// Puts a manifest and compares the digest that the registry answers.
    func putBytes(
        _ bytes: [UInt8],
        as mediaType: MediaType,
        digest: Digest,
        at reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> HTTPAnswer {
        let call = RegistryCall(
            .put,
            path: "/v2/\(repository)/manifests/\(reference)",
            .push(repository),
            fields: ["Content-Type": mediaType.text],
            body: ByteBuffer(bytes: bytes),
            subject: reference.description,
            action: "write manifest \(reference)"
        )
        let answer = try await putRechecking(call, bytes, as: mediaType)
        guard answer.isSuccess else {
            // A registry whose tags are immutable refuses the same manifest under the same tag, too.
            if case .tag = reference, try await isThere(digest, after: answer, at: reference, in: repository) {
                return answer
            }
            throw failure(answer, call, types: Self.types(of: bytes, mediaType))
        }
        if let stored = Self.contentDigest(answer), stored.algorithm == digest.algorithm, stored != digest {
            throw RegistryClientError(
                .digestMismatch,
                "the registry says that it stored \(stored), it was given \(digest)",
                purpose(of: call)
            )
        }
        return answer
    }

    /// Whether a tag that could not be written names the manifest already.
    private func isThere(
        _ digest: Digest,
        after answer: HTTPAnswer,
        at reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> Bool {
        guard [400, 403, 405, 409, 412].contains(answer.status) else { return false }
        do {
            return try await readBack(reference, in: repository) == digest
        } catch is RegistryClientError {
            return false  // the refusal is what matters
        }
    }

    private static func types(of bytes: [UInt8], _ mediaType: MediaType) -> [String] {
        let artifactType = (try? Manifest(decoding: bytes, contentType: mediaType))?.artifactType
        return [mediaType.text] + (artifactType.map { ["artifact type \($0)"] } ?? [])
    }
}
