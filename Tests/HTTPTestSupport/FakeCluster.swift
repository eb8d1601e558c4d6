import Foundation
import Synchronization

/// The API server of a cluster, as far as applying objects needs it: access reviews, reading, server-side apply.
package final class FakeCluster: Sendable {
    private struct State {
        var objects: [String: [UInt8]] = [:]
        var versions: [String: Int] = [:]
        var lastVersion = 100
    }

    /// The value that `Authorization` must have; nil when anybody may come.
    private let authorization: String?
    private let namespaces: Set<String>
    private let disturbance: @Sendable (ReceivedRequest) -> ScriptedAnswer?
    private let state = Mutex(State())

    private init(
        _ authorization: String?,
        _ namespaces: Set<String>,
        _ disturbance: @escaping @Sendable (ReceivedRequest) -> ScriptedAnswer?
    ) {
        self.authorization = authorization
        self.namespaces = namespaces
        self.disturbance = disturbance
    }

    /// Runs `body` while a cluster without objects listens.
    ///
    /// - Parameters:
    ///   - authorization: the value that `Authorization` must have; nil when anybody may come.
    ///   - namespaces: those that are there.
    ///   - usesTLS: whether it speaks TLS.
    ///   - identity: its certificate.
    ///   - clientAuthority: who must have signed the certificates of clients, in PEM; nil when they need none.
    ///   - disturbance: answers in place of the cluster; nil leaves it to the cluster.
    ///   - losesAnswer: whether a request is carried out and its answer never comes.
    ///   - body: what uses the cluster.
    /// - Returns: what `body` returns.
    /// - Throws: what the socket or `body` throws.
    package static func withCluster<Result: Sendable>(
        authorization: String? = nil,
        namespaces: Set<String> = ["openshift-config-managed"],
        usesTLS: Bool = true,
        identity: TestIdentity = .localhost,
        clientAuthority: String? = nil,
        disturbance: @escaping @Sendable (ReceivedRequest) -> ScriptedAnswer? = { _ in nil },
        losesAnswer: @escaping @Sendable (ReceivedRequest) -> Bool = { _ in false },
        _ body: (FakeCluster, ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let cluster = FakeCluster(authorization, namespaces, disturbance)
        return try await ScriptedServer.withServer(
            usesTLS: usesTLS,
            identity: identity,
            clientAuthority: clientAuthority,
            { request in
                var answer = cluster.answer(request)
                if losesAnswer(request) { answer.ending = .noAnswer }
                return answer
            }
        ) { try await body(cluster, $0) }
    }

    /// The objects that are there, by path, without the members that the cluster adds.
    package var objects: [String: [UInt8]] { state.withLock { $0.objects } }

    /// A kubeconfig with one context.
    ///
    /// - Parameters:
    ///   - server: the address.
    ///   - cluster: more members of the cluster, each `name: value`.
    ///   - user: the members of the user.
    /// - Returns: the text.
    package static func kubeconfig(server: String, cluster: [String], user: [String]) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: test
        contexts:
        - {name: test, context: {cluster: c, user: u}}
        clusters:
        - name: c
          cluster: {\((["server: \"\(server)\""] + cluster).joined(separator: ", "))}
        users:
        - name: u
          user: {\(user.joined(separator: ", "))}

        """
    }

    /// A `Status` as API servers answer with.
    package static func status(_ code: Int, _ reason: String, _ message: String) -> ScriptedAnswer {
        json(
            code,
            [
                "kind": "Status", "apiVersion": "v1", "metadata": [String: String](), "status": "Failure",
                "message": message, "reason": reason, "code": code,
            ]
        )
    }

    private func answer(_ request: ReceivedRequest) -> ScriptedAnswer {
        if let answer = disturbance(request) { return answer }
        guard authorization == nil || request["authorization"] == authorization else {
            return Self.status(401, "Unauthorized", "Unauthorized")
        }
        switch request.method {
        case "POST" where request.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
            return Self.json(201, ["kind": "SelfSubjectAccessReview", "status": ["allowed": true]])
        case "GET": return read(request.path)
        case "PATCH": return apply(request)
        default: return Self.status(405, "MethodNotAllowed", "the server does not allow this method")
        }
    }

    private func read(_ path: String) -> ScriptedAnswer {
        state.withLock { state in
            guard let object = state.objects[path], let version = state.versions[path] else {
                return Self.status(404, "NotFound", "\(path) not found")
            }
            return Self.object(200, object, version)
        }
    }

    private func apply(_ request: ReceivedRequest) -> ScriptedAnswer {
        guard request["content-type"] == "application/apply-patch+yaml", request.query.contains("fieldManager=") else {
            return Self.status(415, "UnsupportedMediaType", "no apply patch, or no fieldManager")
        }
        let words = request.path.split(separator: "/")
        if let index = words.firstIndex(of: "namespaces"), index + 1 < words.count,
            !namespaces.contains(String(words[index + 1]))
        {
            return Self.status(404, "NotFound", "namespaces \"\(words[index + 1])\" not found")
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any],
            let metadata = object["metadata"] as? [String: Any],
            metadata["name"] as? String == words.last.map(String.init),
            let canonical = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        else {
            return Self.status(400, "BadRequest", "the object is malformed")
        }
        return state.withLock { state in
            let isNew = state.objects[request.path] == nil
            if state.objects[request.path] != Array(canonical) {
                state.lastVersion += 1
                state.objects[request.path] = Array(canonical)
                state.versions[request.path] = state.lastVersion
            }
            return Self.object(isNew ? 201 : 200, Array(canonical), state.versions[request.path] ?? 0)
        }
    }

    private static func object(_ status: Int, _ bytes: [UInt8], _ version: Int) -> ScriptedAnswer {
        guard var object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            var metadata = object["metadata"] as? [String: Any]
        else {
            return .init(500)
        }
        metadata["resourceVersion"] = String(version)
        object["metadata"] = metadata
        return json(status, object)
    }

    private static func json(_ status: Int, _ value: [String: Any]) -> ScriptedAnswer {
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys) else {
            return .init(500)
        }
        return .init(status, [("content-type", "application/json")], body: Array(data))
    }
}
