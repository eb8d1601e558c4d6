/// What to do to a request besides handling it, or instead.
///
/// Its parts are independent of each other; the default of each leaves the request alone.
package struct Intervention: Sendable {
    /// An answer in place of the registry's own.
    package struct Answer: Hashable, Sendable {
        /// The status.
        package var status: Int
        /// Header fields; `Content-Type` is JSON unless it is among them.
        package var fields: [String: String]
        /// The body; for `HEAD` only its length counts.
        package var body: String

        /// Joins the parts.
        package init(status: Int, fields: [String: String] = [:], body: String) {
            self.status = status
            self.fields = fields
            self.body = body
        }

        /// An answer with the error document of the distribution protocol.
        package static func error(_ status: Int, code: String, fields: [String: String] = [:]) -> Answer {
            let document = ErrorDocument.encode(code: code, message: "as the test asked for", detail: [:])
            return Answer(status: status, fields: fields, body: String(decoding: document, as: UTF8.self))
        }
    }

    /// Status and header fields of an answer, to be changed.
    package struct Head: Sendable {
        /// The status.
        package var status: Int
        /// The fields, by name in lower case.
        package var fields: [String: String]
    }

    /// What happens to the bytes of a body on their way.
    package struct Flow: Hashable, Sendable {
        /// After how many bytes the connection is closed.
        package var cutAfter: Int64?
        /// After how many bytes nothing moves any more, while the connection stays open.
        package var stallAfter: Int64?
        /// The most bytes per second.
        package var rate: Int64?

        /// A body that is left alone, but for what is given.
        package init(cutAfter: Int64? = nil, stallAfter: Int64? = nil, rate: Int64? = nil) {
            self.cutAfter = cutAfter
            self.stallAfter = stallAfter
            self.rate = rate
        }
    }

    /// A request that is handled as usual.
    package static let none = Intervention()

    /// How long the request waits before it is handled.
    package var delay = Duration.zero
    /// Close the connection without an answer.
    package var closes = false
    /// Answer with this, at once, instead of handling the request.
    package var answer: Answer?
    /// Begin an upload where a mount is asked for.
    package var ignoresMount = false
    /// Looks at a manifest that is put, and may answer in the registry's place.
    package var judge: (@Sendable ([UInt8]) -> Answer?)?
    /// Changes status and fields of the registry's own answer.
    package var rewrite: (@Sendable (inout Head) -> Void)?
    /// The byte of the answer's body that is changed.
    package var corruptedByte: Int64?
    /// The request's body.
    package var upload = Flow()
    /// The answer's body.
    package var download = Flow()

    /// A request that is handled as usual.
    package init() {}

    /// This, and where it leaves the request alone, another one; changes of the answer are made by both, this one first.
    package func followed(by other: Intervention) -> Intervention {
        guard answer == nil, !closes else { return self }
        var made = other
        made.delay += delay
        made.ignoresMount = ignoresMount || other.ignoresMount
        made.judge = judge ?? other.judge
        if let first = rewrite {
            made.rewrite = { head in
                first(&head)
                other.rewrite?(&head)
            }
        }
        made.corruptedByte = corruptedByte ?? other.corruptedByte
        if upload != Flow() { made.upload = upload }
        if download != Flow() { made.download = download }
        return made
    }
}
