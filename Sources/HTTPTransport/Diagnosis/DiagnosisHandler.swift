import NIOCore
import NIOSSL

/// What a connection has shown that was made only to look.
enum ConnectionFinding: Sendable {
    /// The proxy answered the request for a tunnel with a status that is no success.
    case tunnelRefused(status: Int)
    /// The server sent these certificates, in DER, its own first.
    case certificates([[UInt8]])
    /// Nothing that tells anything.
    case nothing
}

/// Goes through a proxy and begins a TLS handshake until the certificates are there; verifies nothing, sends nothing more.
final class DiagnosisHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The longest head of a proxy's answer that is read, in bytes.
    private static let maximumHead = 16 << 10

    private let connect: String?
    private let tls: NIOSSLContext
    private let serverName: String?
    private let promise: EventLoopPromise<ConnectionFinding>
    private var head = ByteBuffer()
    private var isThrough = false

    /// - Parameters:
    ///   - connect: the request for a tunnel; nil when the server is asked itself.
    ///   - tls: a context that verifies, so that the certificates are shown.
    ///   - serverName: the name that is sent to the server; nil for addresses.
    ///   - promise: told what was found, at the latest when the channel closes.
    ///
    /// To be added when the channel is connected.
    init(
        connect: String?,
        tls: NIOSSLContext,
        serverName: String?,
        promise: EventLoopPromise<ConnectionFinding>
    ) {
        self.connect = connect
        self.tls = tls
        self.serverName = serverName
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return finish(.nothing, context) }
        guard let connect else { return shake(context) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: connect)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isThrough else { return }
        head.writeImmutableBuffer(unwrapInboundIn(data))
        let text = String(buffer: head)
        guard text.contains("\r\n\r\n") else {
            if head.readableBytes > Self.maximumHead { finish(.nothing, context) }
            return
        }
        let words = text.prefix { $0 != "\r\n" && $0 != "\n" }.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return finish(.nothing, context)
        }
        guard (200..<300).contains(status) else { return finish(.tunnelRefused(status: status), context) }
        shake(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(.nothing, context) }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(.nothing) }

    func handlerRemoved(context: ChannelHandlerContext) { promise.succeed(.nothing) }

    private func shake(_ context: ChannelHandlerContext) {
        isThrough = true
        let promise = promise
        do {
            let note: NIOSSLCustomVerificationCallback = { certificates, verdict in
                // No server needs so many; who sends more wants to keep us busy.
                promise.succeed(.certificates(certificates.prefix(16).compactMap { try? $0.toDERBytes() }))
                verdict.succeed(.failed)
            }
            let handler = try NIOSSLClientHandler(
                context: tls,
                serverHostname: serverName,
                customVerificationCallback: note
            )
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            finish(.nothing, context)
        }
    }

    private func finish(_ finding: ConnectionFinding, _ context: ChannelHandlerContext) {
        promise.succeed(finding)
        context.close(promise: nil)
    }
}
