import Foundation
import HTTPTransport
import Logging
package import OCIModel

extension RegistryClient {
    /// The statuses with which registries that give no catalog answer: they lack it, or keep it for administrators.
    private static let catalogAbsent: Set<Int> = [401, 403, 404, 405, 501]

    /// The repositories of the registry, by its catalog.
    ///
    /// https://distribution.github.io/distribution/spec/api/#catalog; the OCI specification has no such list.
    ///
    /// - Parameter prefix: only repositories below this path, and the path itself; nil for all.
    /// - Returns: the repositories, sorted; nil when the registry gives no catalog.
    /// - Throws: `RegistryClientError`, also for a list without end.
    package func repositories(below prefix: RepositoryPath? = nil) async throws -> [RepositoryPath]? {
        var repositories: Set<RepositoryPath> = []
        let first = RegistryCall(
            .get,
            path: "/v2/_catalog?n=1000",
            .catalog,
            fields: ["Accept": "application/json"],
            subject: "catalog",
            action: "list the repositories"
        )
        let answer: HTTPAnswer
        do {
            answer = try await pages(from: first, absent: Self.catalogAbsent) { answer, call in
                let page: CatalogPage
                do {
                    page = try JSONDecoder().decode(CatalogPage.self, from: Data(answer.bytes))
                } catch {
                    throw RegistryClientError(
                        invalid: "the list of repositories is malformed",
                        purpose(of: call),
                        underlying: error
                    )
                }
                for text in page.repositories ?? [] where Self.isBelow(prefix, text) {
                    do {
                        repositories.insert(try RepositoryPath(text))
                    } catch {
                        // Nobody can ask for such a repository, so nothing is lost.
                        logger.debug("repository left out", metadata: ["reason": "\(error)"])
                    }
                }
            }
        } catch let error as RegistryClientError where error.code == .unauthorized {
            // The token service gives no token for the catalog.
            logger.debug("no catalog", metadata: ["registry": "\(registry)", "reason": "\(error)"])
            return nil
        }
        guard answer.isSuccess else { return nil }
        return repositories.sorted()
    }

    /// Looked at before a path is made of the text, so that a large registry costs no memory for what is not asked for.
    private static func isBelow(_ prefix: RepositoryPath?, _ text: String) -> Bool {
        guard let prefix else { return true }
        return text == prefix.text || text.hasPrefix(prefix.text + "/")
    }
}

private struct CatalogPage: Decodable {
    var repositories: [String]?
}
