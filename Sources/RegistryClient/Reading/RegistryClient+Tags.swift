import Foundation
import HTTPTransport
import Logging
import NIOCore
package import OCIModel

extension RegistryClient {
    /// The statuses with which registries answer that give no list of tags, public ECR for one.
    private static let tagListAbsent: Set<Int> = [404, 405, 501]

    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        var tags: Set<Tag> = []
        let first = RegistryCall(
            .get,
            path: "/v2/\(repository)/tags/list?n=1000",
            .pull(repository),
            fields: ["Accept": "application/json"],
            subject: "tags",
            action: "list the tags"
        )
        try await pages(from: first, absent: Self.tagListAbsent) { answer, call in
            let page: TagPage
            do {
                page = try JSONDecoder().decode(TagPage.self, from: Data(answer.bytes))
            } catch {
                throw RegistryClientError(
                    invalid: "the list of tags is malformed",
                    purpose(of: call),
                    underlying: error
                )
            }
            for text in page.tags ?? [] {
                do {
                    tags.insert(try Tag(text))
                } catch {
                    // Nobody can ask for such a tag, so no image is lost.
                    logger.debug("tag left out", metadata: ["repository": "\(repository)", "reason": "\(error)"])
                }
            }
        }
        return tags.sorted()
    }

    /// Reads a list page by page; nothing when it is not there.
    ///
    /// - Returns: the status of the first page, which is 2xx when the list was read and else one of `absent`.
    /// - Throws: `RegistryClientError`, also for a list without end and for links to other hosts; what `read` throws.
    @discardableResult
    func pages(
        from first: RegistryCall,
        absent: Set<Int> = [404],
        _ read: (HTTPAnswer, RegistryCall) throws -> Void
    ) async throws -> HTTPAnswer {
        var call = first
        var firstAnswer: HTTPAnswer?
        var rest = configuration.maximumListSize
        for _ in 0..<max(1, configuration.maximumPages) {
            let answer = try await collect(call, upTo: min(configuration.maximumPageSize, rest))
            rest -= answer.body.readableBytes
            if firstAnswer == nil, absent.contains(answer.status) { return answer }
            guard answer.isSuccess else { throw failure(answer, call) }
            try read(answer, call)
            let begin = firstAnswer ?? answer
            firstAnswer = begin
            guard let link = LinkField.next(in: answer.fields.values(of: "link")) else { return begin }
            let next: HTTPURL
            do {
                next = try answer.url.resolving(link)
            } catch {
                throw RegistryClientError(invalid: "the link to the next page is malformed", purpose(of: call))
            }
            guard next != answer.url else {
                throw RegistryClientError(invalid: "a page names itself as the next one", purpose(of: call))
            }
            guard next.origin == begin.url.origin else {
                throw RegistryClientError(
                    invalid: "the link to the next page leads to \(next.origin), another host",
                    purpose(of: call)
                )
            }
            call.target = .url(next)
        }
        throw RegistryClientError(
            invalid: "the list has more than \(configuration.maximumPages) pages",
            purpose(of: first)
        )
    }
}

private struct TagPage: Decodable {
    var tags: [String]?
}
