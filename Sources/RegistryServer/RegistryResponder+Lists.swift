import Foundation
import Hummingbird
import ImageStorage
import NIOCore
import OCIModel

extension RegistryResponder {
    private struct RepositoryList: Encodable {
        let repositories: [RepositoryPath]
    }

    private struct TagList: Encodable {
        let name: RepositoryPath
        let tags: [Tag]
    }

    /// One page of a sorted list.
    private struct Page<Element> {
        let elements: [Element]
        /// The last element when more follow.
        let next: Element?
    }

    /// Lists repositories (`GET /v2/_catalog`).
    func listRepositories(_ exchange: Exchange) async throws -> Response {
        let page = try Self.page(of: try await content.repositories(), exchange.query) { $0.text }
        var response = Self.json(try Self.encode(RepositoryList(repositories: page.elements)))
        response.headers[.link] = Self.link("/v2/_catalog", last: page.next?.text, exchange.query)
        return response
    }

    /// Lists tags (`GET /v2/<name>/tags/list`).
    func listTags(of repository: RepositoryPath, _ exchange: Exchange) async throws -> Response {
        guard try await content.hasRepository(repository) else { throw Self.nameUnknown(repository) }
        let page = try Self.page(of: try await content.tags(in: repository), exchange.query) { $0.text }
        var response = Self.json(try Self.encode(TagList(name: repository, tags: page.elements)))
        response.headers[.link] = Self.link("/v2/\(repository)/tags/list", last: page.next?.text, exchange.query)
        return response
    }

    /// Lists referrers (`GET /v2/<name>/referrers/<digest>`).
    func listReferrers(
        of digest: Digest,
        in repository: RepositoryPath,
        _ exchange: Exchange
    ) async throws -> Response {
        var referrers = try await content.referrers(of: digest, in: repository)
        let type = exchange.query["artifactType"]
        if let type { referrers = referrers.filter { $0.artifactType == type } }
        let bytes = try IndexDocument(referrers).encoded()
        var response = Self.json(bytes)
        response.headers[.contentType] = MediaType.ociIndex.text
        if type != nil { response.headers[.filtersApplied] = "artifactType" }
        return response
    }

    private static func page<Element>(
        of elements: [Element],
        _ query: RequestQuery,
        text: (Element) -> String
    ) throws(RegistryProblem) -> Page<Element> {
        var rest = elements[...]
        if let last = query["last"] { rest = rest.drop { text($0) <= last } }
        guard let limit = query["n"] else { return Page(elements: Array(rest), next: nil) }
        guard let count = Int(limit), count >= 0 else {
            throw RegistryProblem(400, .paginationNumberInvalid, "n is not a number of elements")
        }
        let elements = Array(rest.prefix(count))
        return Page(elements: elements, next: count < rest.count ? elements.last : nil)
    }

    private static func link(_ path: String, last: String?, _ query: RequestQuery) -> String? {
        // Neither names nor tags have a character that a URL would want escaped but the slash, which is allowed here.
        guard let last, let count = query["n"].flatMap({ Int($0) }) else { return nil }
        return "<\(path)?last=\(last)&n=\(count)>; rel=\"next\""
    }

    private static func encode(_ list: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(list))
    }
}
