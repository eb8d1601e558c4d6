import Foundation
package import HTTPTransport
import NIOCore

/// Applies objects to a cluster.
package struct ClusterClient: Sendable {
    /// What applying an object has done.
    package enum Outcome: String, Sendable {
        /// The object was not there.
        case created
        /// The object was there and is now different.
        case configured
        /// The object was there as it should be.
        case unchanged
        /// The object is there now; whether it was before cannot be told, since it may not be read.
        case applied
    }

    /// The largest object that is read, in bytes; a cluster keeps none of more than 1.5 MiB.
    private static let maximumAnswerBytes = 8 << 20
    /// The name under which the cluster remembers who set a member.
    private static let fieldManager = "ferry"

    let connection: ClusterConnection
    private let transport: HTTPTransport

    /// Joins the two.
    ///
    /// - Parameters:
    ///   - connection: the cluster.
    ///   - transport: made with the settings of `connection`.
    package init(_ connection: ClusterConnection, transport: HTTPTransport) {
        self.connection = connection
        self.transport = transport
    }

    /// Applies an object on the server's side, so that what others have set in it stays; may be repeated at will.
    ///
    /// A failed request is tried again as the transport's policy says. After a cancellation the object may be applied or
    /// not.
    ///
    /// https://kubernetes.io/docs/reference/using-api/server-side-apply/
    ///
    /// - Parameter object: the object.
    /// - Returns: what was done.
    /// - Throws: `ClusterAccessError` with what the server says; `CancellationError`.
    package func apply(_ object: ResourceObject) async throws -> Outcome {
        let before = try await version(of: object)
        var request = request(.patch, object.path)
        request.url = request.url.adding(query: "fieldManager", Self.fieldManager).adding(query: "force", "true")
        request.fields["content-type"] = "application/apply-patch+yaml"
        request.body = ByteBuffer(bytes: object.json)
        let failure = RequestFailure(connection: connection, action: "apply \(object)", object: object)
        let answer = try await send(request, failure)
        guard answer.isSuccess else { throw failure.refusal(answer) }
        let after = try failure.object(in: answer)
        switch before {
        case .absent: return .created
        case .unknown: return answer.status == 201 ? .created : .applied
        case .version(let version): return version == after ? .unchanged : .configured
        }
    }

    /// Asks whether objects of a kind may be applied, so that a wrong or expired credential shows early.
    ///
    /// What a server does not tell counts as allowed: applying will show it.
    ///
    /// https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
    ///
    /// - Parameter object: one such object; it is not sent.
    /// - Throws: `ClusterAccessError`, `.forbidden` when they may not be applied; `CancellationError`.
    package func checkAccess(toApply object: ResourceObject) async throws {
        var request = request(.post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
        request.fields["content-type"] = "application/json"
        request.body = ByteBuffer(bytes: try AccessReview(object).json())
        let failure = RequestFailure(connection: connection, action: "ask what may be applied", object: object)
        let answer = try await send(request, failure)
        if answer.isSuccess {
            guard let verdict = AccessReview.verdict(in: answer.bytes) else { throw failure.notKubernetes(answer) }
            guard verdict.isAllowed else { throw failure.forbidden(verdict.reason) }
        } else if ![403, 404, 405].contains(answer.status) {
            throw failure.refusal(answer)
        }
    }

    /// What is known of an object that is there or not.
    private enum Version {
        case absent
        case unknown
        case version(String)
    }

    private func version(of object: ResourceObject) async throws -> Version {
        let failure = RequestFailure(connection: connection, action: "read \(object)", object: object)
        let answer = try await send(request(.get, object.path), failure)
        switch answer.status {
        case 200..<300: return .version(try failure.object(in: answer))
        case 404: return .absent
        case 403: return .unknown
        default: throw failure.refusal(answer)
        }
    }

    private func request(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
        var prefix = connection.server.path
        while prefix.hasSuffix("/") { prefix.removeLast() }
        return HTTPRequest(
            method,
            connection.server.with(pathAndQuery: prefix + path),
            fields: ["accept": "application/json"],
            authorization: connection.authorization,
            followsRedirects: false
        )
    }

    /// Sends a request until there is an answer, or no more tries; the last answer comes back whatever its status is, as
    /// it says why.
    private func send(_ request: HTTPRequest, _ failure: RequestFailure) async throws -> HTTPAnswer {
        var budget = transport.retryBudget()
        while true {
            var last: HTTPAnswer?
            do {
                let fault: HTTPTransportError
                do {
                    let answer = try await transport.attempt(request, upTo: Self.maximumAnswerBytes)
                    guard let status = transport.fault(of: answer, to: request.method) else { return answer }
                    last = answer
                    fault = status
                } catch let error as HTTPTransportError {
                    fault = error
                }
                try await transport.backOff(&budget, after: fault)
            } catch let error as HTTPTransportError {
                if let last { return last }
                throw failure.unreachable(error)
            }
        }
    }
}
