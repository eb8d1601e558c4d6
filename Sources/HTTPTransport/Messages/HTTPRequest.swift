package import NIOCore

/// A request without a streamed body.
package struct HTTPRequest: Sendable {
    /// The methods in use.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// The method.
    package var method: Method
    /// Where it goes first.
    package var url: HTTPURL
    /// Header fields; neither `Authorization` nor `Content-Length`.
    package var fields: HTTPFields
    /// The value of `Authorization`; sent to the origin of `url` only, whatever redirects say, and never logged.
    package var authorization: String?
    /// The body, nil for none.
    package var body: ByteBuffer?
    /// Whether 301, 302, 303, 307 and 308 are followed when the method is GET or HEAD.
    package var followsRedirects: Bool
    /// Whether TLS may go unverified and plain HTTP may be spoken: the host that sent us here is trusted blindly.
    package var inheritsInsecurity: Bool
    /// The host that sent us to `url`, as a registry does to its token service; nil for the host of `url`.
    ///
    /// The authorities that are trusted for it alone count there, too, as in the container tools.
    package var sender: HTTPOrigin?

    /// Makes a request.
    package init(
        _ method: Method,
        _ url: HTTPURL,
        fields: HTTPFields = [:],
        authorization: String? = nil,
        body: ByteBuffer? = nil,
        followsRedirects: Bool = true,
        inheritsInsecurity: Bool = false
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.authorization = authorization
        self.body = body
        self.followsRedirects = followsRedirects
        self.inheritsInsecurity = inheritsInsecurity
    }
}
