import HTTPTransport
import Logging
package import OCIModel

extension RegistryClient {
    /// False: a registry shows a blob only in the repositories that it was written to.
    package var sharesBlobs: Bool { false }

    package func containsBlob(_ blob: Descriptor, in repository: RepositoryPath) async throws -> Bool {
        let call = RegistryCall(
            .head,
            path: "/v2/\(repository)/blobs/\(blob.digest)",
            // Asked of targets only: some registries (Quay) refuse a token that may only read a repository that is
            // still to be made, and one token for reading and writing is one request less.
            .push(repository),
            subject: blob.digest.description,
            action: "look for blob \(blob.digest)"
        )
        let answer = try await collect(call, upTo: 0)
        if answer.status == 404 || answer.status == 405 { return false }
        guard answer.isSuccess else { throw failure(answer, call) }
        // Proxies may leave the length out or say 0; another one means that what is there is not the blob.
        let length = answer.fields["content-length"].flatMap { Int64($0) } ?? 0
        guard length <= 0 || length == blob.size else { return false }
        // An earlier run may have been killed between the last byte and this note.
        await UploadLog(self, blob, in: repository).end()
        return true
    }

    package func mountBlob(
        _ blob: Descriptor,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        guard origin != repository, knowledge.mayMount(from: origin, to: repository) else { return false }
        let call = RegistryCall(
            .post,
            path: "/v2/\(repository)/blobs/uploads/?mount=\(HTTPURL.queryEncoded(blob.digest.description))"
                + "&from=\(HTTPURL.queryEncoded(origin.text))",
            .mount(from: origin, to: repository),
            subject: blob.digest.description,
            action: "mount blob \(blob.digest) from \(origin)"
        )
        let answer: HTTPAnswer
        do {
            answer = try await collect(call, upTo: 64 << 10)
        } catch let error as RegistryClientError where error.code == .unauthorized {
            refusedMount(from: origin, to: repository, status: 401)
            return false
        }
        switch answer.status {
        case 201:
            if let digest = Self.contentDigest(answer), digest.algorithm == blob.digest.algorithm,
                digest != blob.digest
            {
                throw RegistryClientError(
                    .digestMismatch,
                    "the registry says that it mounted \(digest)",
                    purpose(of: call)
                )
            }
            return true
        case 202:
            if let session = uploadSession(answer) {
                knowledge.keep(session: session, for: .init(repository: repository, digest: blob.digest))
            }
            return false
        default:
            refusedMount(from: origin, to: repository, status: answer.status)
            return false
        }
    }

    /// The address at which an upload goes on: the last `Location`, with its query.
    func uploadSession(_ answer: HTTPAnswer) -> HTTPURL? {
        guard let location = answer.fields["location"], !location.isEmpty else { return nil }
        do {
            return try answer.url.resolving(location)
        } catch {
            return nil  // the caller treats it as missing
        }
    }

    private func refusedMount(from origin: RepositoryPath, to repository: RepositoryPath, status: Int) {
        logger.debug(
            "mount refused",
            metadata: ["registry": "\(registry)", "from": "\(origin)", "to": "\(repository)", "status": "\(status)"]
        )
        knowledge.refusedMount(from: origin, to: repository)
    }
}
