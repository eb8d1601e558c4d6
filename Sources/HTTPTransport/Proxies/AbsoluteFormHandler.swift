import NIOCore
import NIOHTTP1

/// Turns requests to servers into requests to a proxy: the address is whole (RFC 9112, section 3.2.2), and the proxy gets
/// its credentials.
///
/// The client itself would ask for a tunnel even for plain HTTP, which most proxies allow to port 443 only.
final class AbsoluteFormHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let authorization: String?

    /// - Parameter authorization: the value of `Proxy-Authorization`.
    init(authorization: String?) {
        self.authorization = authorization
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), let host = head.headers.first(name: "host") else {
            return context.write(data, promise: promise)
        }
        head.uri = "http://\(host)\(head.uri)"
        if let authorization { head.headers.replaceOrAdd(name: "proxy-authorization", value: authorization) }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
