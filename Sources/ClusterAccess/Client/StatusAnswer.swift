import Foundation

/// What an API server says about a request that it does not carry out.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
struct StatusAnswer: Decodable {
    /// A word, such as `Forbidden`.
    let reason: String?
    /// A sentence.
    let message: String?
    private let kind: String

    /// Decodes a body; nil when it is something else, such as a page of a proxy.
    init?(_ bytes: [UInt8]) {
        // What is wrong with a foreign answer is of no use to anybody.
        guard let answer = try? JSONDecoder().decode(StatusAnswer.self, from: Data(bytes)), answer.kind == "Status"
        else {
            return nil
        }
        self = answer
    }

    /// What is said, on one line and not too long; empty when nothing is.
    var text: String {
        [reason, message].compactMap { $0.map(Self.line) }.filter { !$0.isEmpty }.joined(separator: ": ")
    }

    /// A text of a server on one line, cut.
    static func line(_ text: String) -> String {
        let line = text.prefix(600).map { $0.isNewline ? " " : String($0) }.joined()
        return text.count > 600 ? line + "…" : line
    }
}
