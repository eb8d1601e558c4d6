/// A request as the scripted server saw it.
package struct ReceivedRequest: Sendable {
    /// The method.
    package let method: String
    /// Path and query as they stood on the line.
    package let uri: String
    /// The header fields.
    package let fields: [(name: String, value: String)]
    /// The body; empty when the answer was given before it came.
    package internal(set) var body: [UInt8]

    /// The path.
    package var path: String { String(uri.prefix { $0 != "?" }) }

    /// The query without `?`, empty when there is none.
    package var query: String { String(uri.drop { $0 != "?" }.dropFirst()) }

    /// Method and URI, for comparisons.
    package var line: String { "\(method) \(uri)" }

    /// The first value of a field.
    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What the scripted server does with a request.
package struct ScriptedAnswer: Sendable {
    /// How the body ends.
    package enum Ending: Sendable {
        /// As it should.
        case complete
        /// The connection closes after so many bytes of the body, whatever `Content-Length` says.
        case cut(after: Int)
        /// Nothing more comes after so many bytes; the connection stays open.
        case stall(after: Int)
        /// The connection closes without an answer.
        case noAnswer
        /// These bytes instead of an answer, and the connection closes.
        case raw([UInt8])
    }

    /// The status.
    package var status: Int
    /// The header fields; `Content-Length` is added when it is not among them.
    package var fields: [(String, String)]
    /// The body.
    package var body: [UInt8]
    /// How the body ends.
    package var ending: Ending

    /// Makes an answer.
    package init(_ status: Int, _ fields: [(String, String)] = [], body: [UInt8] = [], ending: Ending = .complete) {
        self.status = status
        self.fields = fields
        self.body = body
        self.ending = ending
    }

    /// Makes an answer with a text.
    package init(_ status: Int, _ fields: [(String, String)] = [], text: String) {
        self.init(status, fields, body: Array(text.utf8))
    }
}
