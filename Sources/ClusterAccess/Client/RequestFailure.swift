import Foundation
import HTTPTransport

/// Makes errors of the answers to one request.
struct RequestFailure {
    /// The cluster.
    let connection: ClusterConnection
    /// What the request was to do, after "cannot".
    let action: String
    /// The object it is about.
    let object: ResourceObject

    /// The `resourceVersion` of the object in an answer.
    ///
    /// - Throws: `ClusterAccessError.invalidAnswer` when the answer is not that object.
    func object(in answer: HTTPAnswer) throws(ClusterAccessError) -> String {
        // What is wrong with a foreign answer is of no use to anybody.
        guard let found = try? JSONDecoder().decode(AnsweredObject.self, from: Data(answer.bytes)),
            found.kind == object.kind, found.metadata.name == object.name,
            found.metadata.namespace == object.namespace, !found.metadata.resourceVersion.isEmpty
        else {
            throw notKubernetes(answer)
        }
        return found.metadata.resourceVersion
    }

    /// The error of an answer that refuses the request.
    func refusal(_ answer: HTTPAnswer) -> ClusterAccessError {
        let said = StatusAnswer(answer.bytes)?.text ?? ""
        switch answer.status {
        case 300..<400:
            return notKubernetes(answer)
        case 401: return error(.unauthorized, "the credentials are not accepted", said, renewal)
        case 403: return forbidden(said)
        case 404:
            let what =
                object.namespace.map { "the namespace \($0) or the kind \(object.kind)" } ?? "the kind \(object.kind)"
            return error(
                .notFound,
                "\(what) is not there",
                said,
                "check that this is an OpenShift cluster (context \"\(connection.context.prefix(80))\")"
            )
        case 409: return error(.conflict, "it is being changed by somebody else", said, "run the same command again")
        case 400, 413, 415, 422:
            return error(
                .invalidObject,
                "the server does not take the object (status \(answer.status))",
                said,
                "look at what it says; the version of the cluster may not know this kind of object"
            )
        default:
            return error(
                .serverFailed,
                "the server answers with status \(answer.status)",
                said,
                "look at the state of its API server, then run the same command again"
            )
        }
    }

    /// The error of a user who may not do it.
    func forbidden(_ said: String?) -> ClusterAccessError {
        let place = object.namespace.map { " in the namespace \($0)" } ?? ""
        return error(
            .forbidden,
            "\(connection.userTitle ?? "a user without credentials") may not patch objects of the kind \(object.kind)\(place)",
            StatusAnswer.line(said ?? ""),
            "log in as a cluster administrator, or have the verbs get, create and patch granted"
        )
    }

    /// The error of an answer that no API server gives.
    func notKubernetes(_ answer: HTTPAnswer) -> ClusterAccessError {
        error(
            .invalidAnswer,
            "the answer (status \(answer.status)) is not that of a Kubernetes API server",
            "",
            "check the server of the \(connection.clusterTitle); there may be a proxy or a login page before it"
        )
    }

    /// The error of a request without an answer.
    func unreachable(_ fault: HTTPTransportError) -> ClusterAccessError {
        let tries = fault.attempts > 1 ? " (tried \(fault.attempts) times)" : ""
        switch fault.code {
        case .certificateNotTrusted:
            return error(
                .certificateNotTrusted,
                "the request \(fault.reason)",
                "",
                "set certificate-authority-data or tls-server-name of the \(connection.clusterTitle)"
            )
        case .identityRefused: return error(.unauthorized, "the client certificate is not accepted", "", renewal)
        case .bodyTooLarge, .invalidAnswer:
            return error(.invalidAnswer, "the request \(fault.reason)", "", checkServer)
        default:
            return error(.unreachable, "the request \(fault.reason)\(tries)", "", checkServer)
        }
    }

    private var checkServer: String {
        "check the server of the \(connection.clusterTitle), and that it can be reached from here"
    }

    private var renewal: String {
        connection.userTitle.map { "log in again with oc login: those of the \($0) may have expired" }
            ?? "log in with oc login"
    }

    private func error(
        _ code: ClusterAccessError.Code,
        _ reason: String,
        _ said: String,
        _ advice: String
    ) -> ClusterAccessError {
        ClusterAccessError(
            code,
            "cannot \(action) at \(connection): \(reason)" + (said.isEmpty ? "" : " (it says: \(said))")
                + "; \(advice)"
        )
    }
}

/// What is read of an object.
private struct AnsweredObject: Decodable {
    struct Metadata: Decodable {
        let name: String
        let namespace: String?
        let resourceVersion: String
    }

    let kind: String
    let metadata: Metadata
}

extension ClusterAccessError.Code {
    /// The server does not accept the credentials.
    package static let unauthorized = ClusterAccessError.Code("unauthorized")
    /// The user may not do this.
    package static let forbidden = ClusterAccessError.Code("forbidden")
    /// The namespace or the kind is not there.
    package static let notFound = ClusterAccessError.Code("notFound")
    /// Somebody else changes the object.
    package static let conflict = ClusterAccessError.Code("conflict")
    /// The server does not take the object as it is.
    package static let invalidObject = ClusterAccessError.Code("invalidObject")
    /// The server answers with an error of its own.
    package static let serverFailed = ClusterAccessError.Code("serverFailed")
    /// What answers is no API server.
    package static let invalidAnswer = ClusterAccessError.Code("invalidAnswer")
    /// The server's certificate is not trusted.
    package static let certificateNotTrusted = ClusterAccessError.Code("certificateNotTrusted")
    /// No answer comes.
    package static let unreachable = ClusterAccessError.Code("unreachable")
}
