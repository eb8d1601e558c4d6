import Foundation

/// The question whether this user may apply objects of a kind in a namespace.
struct AccessReview {
    private let question: Question

    /// Asks about the kind and the namespace of an object.
    init(_ object: ResourceObject) {
        question = Question(
            spec: .init(
                resourceAttributes: .init(
                    namespace: object.namespace,
                    verb: "patch",
                    group: object.group,
                    resource: object.plural
                )
            )
        )
    }

    /// The object to post.
    ///
    /// - Throws: what the encoder throws; it has no reason to.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(question))
    }

    /// What the server answered; nil when it is no such answer.
    static func verdict(in bytes: [UInt8]) -> (isAllowed: Bool, reason: String?)? {
        // What is wrong with a foreign answer is of no use to anybody.
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)),
            answer.kind == "SelfSubjectAccessReview"
        else {
            return nil
        }
        return (answer.status.allowed, answer.status.reason)
    }

    private struct Question: Encodable {
        struct Spec: Encodable {
            struct Attributes: Encodable {
                let namespace: String?
                let verb: String
                let group: String
                let resource: String
            }

            let resourceAttributes: Attributes
        }

        let apiVersion = "authorization.k8s.io/v1"
        let kind = "SelfSubjectAccessReview"
        let spec: Spec
    }

    private struct Answer: Decodable {
        struct Status: Decodable {
            let allowed: Bool
            let reason: String?
        }

        let kind: String
        let status: Status
    }
}
