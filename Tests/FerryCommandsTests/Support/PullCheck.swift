import FerryTestSupport
import Foundation
import OCIModel

/// One thing that a registry must answer to somebody who pulls, with the answers that are right.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
struct PullCheck: Sendable {
    /// Which registries must answer so.
    enum Scope: Sendable {
        /// Every one.
        case all
        /// Those of this project; the other implementation does it differently, or not at all.
        case ours
        /// Those that take nothing.
        case readOnly
    }

    /// What it is, for messages.
    let name: String
    let scope: Scope
    let method: String
    /// The path with query.
    let path: String
    let headers: [String: String]
    /// The statuses that are right.
    let statuses: Set<Int>
    /// What more must be true of the answer.
    let isRight: @Sendable (RawResponse) -> Bool

    /// Describes a request and its right answers.
    init(
        _ name: String,
        _ method: String,
        _ path: String,
        _ statuses: Set<Int>,
        headers: [String: String] = [:],
        in scope: Scope = .all,
        where isRight: @escaping @Sendable (RawResponse) -> Bool = { _ in true }
    ) {
        self.name = name
        self.scope = scope
        self.method = method
        self.path = path
        self.headers = headers
        self.statuses = statuses
        self.isRight = isRight
    }

    /// An answer that is an error with one of some codes, or without body for `HEAD`.
    static func failure(
        _ name: String,
        _ method: String,
        _ path: String,
        _ statuses: Set<Int>,
        _ codes: Set<String>,
        in scope: Scope = .all
    ) -> PullCheck {
        PullCheck(name, method, path, statuses, in: scope) { answer in
            method == "HEAD" ? answer.body.isEmpty : answer.errorCode.map { codes.contains($0) } ?? false
        }
    }
}

extension RawResponse {
    /// The digests of the manifests that an index in the body lists; nil when it is none.
    var listedDigests: [String]? {
        struct Index: Decodable {
            struct Entry: Decodable { let digest: String }
            let manifests: [Entry]
        }
        return (try? JSONDecoder().decode(Index.self, from: Data(body)))?.manifests.map(\.digest)
    }

    /// The tags or repositories that a list in the body names; nil when it is none.
    var listedNames: [String]? {
        struct List: Decodable {
            let tags: [String]?
            let repositories: [String]?
        }
        return (try? JSONDecoder().decode(List.self, from: Data(body))).flatMap { $0.tags ?? $0.repositories }
    }
}
