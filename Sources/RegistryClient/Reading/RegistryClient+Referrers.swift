import Foundation
import HTTPTransport
import Logging
package import OCIModel

extension RegistryClient {
    /// The statuses with which registries without a referrers API answer it.
    ///
    /// The specification names 404 only; routers of older registries have others.
    private static let referrersAbsent: Set<Int> = [400, 404, 405, 406, 501]

    /// The codes with which registries with a referrers API say that they do not have what was asked about.
    private static let contentAbsent: Set<String> = ["NAME_UNKNOWN", "MANIFEST_UNKNOWN", "NOT_FOUND"]

    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        if knowledge.mayHaveReferrers(in: repository) {
            if let descriptors = try await referrersByAPI(digest, repository) { return descriptors }
        }
        guard let list = try await manifest(.tag(Tag(digest: digest)), in: repository) else { return [] }
        return list.manifest.children
    }

    /// The list by the API; nil when the registry has no such API.
    private func referrersByAPI(_ digest: Digest, _ repository: RepositoryPath) async throws -> [Descriptor]? {
        var descriptors: [Descriptor] = []
        var isIndex = true
        let call = RegistryCall(
            .get,
            path: "/v2/\(repository)/referrers/\(digest)",
            .pull(repository),
            fields: ["Accept": MediaType.ociIndex.text],
            subject: digest.description,
            action: "list the referrers of \(digest)"
        )
        let answer = try await pages(from: call, absent: Self.referrersAbsent) { answer, call in
            do {
                let page = try Manifest(decoding: answer.bytes, contentType: .ociIndex)
                descriptors += page.children
            } catch {
                // Some hosts answer any path with a page of their web site.
                guard descriptors.isEmpty, answer.fields["content-type"]?.contains("html") == true else {
                    throw RegistryClientError(
                        invalid: "the list of referrers is malformed",
                        purpose(of: call),
                        underlying: error
                    )
                }
                isIndex = false
            }
        }
        if answer.isSuccess, isIndex { return descriptors }
        // "No such repository" and "no such manifest" say nothing about the API.
        if Self.contentAbsent.isDisjoint(with: RegistryErrorDocument(answer).codes) {
            logger.debug(
                "no referrers API",
                metadata: ["registry": "\(registry)", "repository": "\(repository)", "status": "\(answer.status)"]
            )
            knowledge.lacksReferrers(in: repository)
        }
        return nil
    }
}
