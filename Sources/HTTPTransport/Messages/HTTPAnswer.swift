package import NIOCore

/// What all answers have, read or still to be read.
package protocol HTTPAnswerHead: Sendable {
    /// The status code.
    var status: Int { get }
    /// The header fields.
    var fields: HTTPFields { get }
    /// The URL that answered, after redirects; relative links are relative to it.
    var url: HTTPURL { get }
}

extension HTTPAnswerHead {
    /// Whether the status is 200 to 299.
    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// An answer whose body was read completely.
package struct HTTPAnswer: HTTPAnswerHead {
    /// The status code.
    package let status: Int
    /// The header fields.
    package let fields: HTTPFields
    /// The body.
    package let body: ByteBuffer
    /// The URL that answered, after redirects; relative links are relative to it.
    package let url: HTTPURL

    /// Joins the parts.
    package init(status: Int, fields: HTTPFields, body: ByteBuffer, url: HTTPURL) {
        self.status = status
        self.fields = fields
        self.body = body
        self.url = url
    }

    /// The body as an array.
    package var bytes: [UInt8] { Array(body.readableBytesView) }
}
