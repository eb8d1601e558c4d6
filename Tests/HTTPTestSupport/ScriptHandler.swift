import NIOCore
import NIOHTTP1

/// One connection of the scripted server.
final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: RequestLog
    private let early: @Sendable (ReceivedRequest) -> ScriptedAnswer?
    private let script: ScriptedServer.Script
    private var request: ReceivedRequest?

    init(
        log: RequestLog,
        early: @escaping @Sendable (ReceivedRequest) -> ScriptedAnswer?,
        script: @escaping ScriptedServer.Script
    ) {
        self.log = log
        self.early = early
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let request = ReceivedRequest(
                method: head.method.rawValue,
                uri: head.uri,
                fields: head.headers.map { (name: $0.name, value: $0.value) },
                body: []
            )
            if let answer = early(request) {
                log.add(request)
                perform(answer, request, context)
                self.request = nil
            } else {
                self.request = request
            }
        case .body(let bytes): request?.body += bytes.readableBytesView
        case .end:
            guard let request else { return }
            self.request = nil
            log.add(request)
            perform(script(request), request, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func perform(_ answer: ScriptedAnswer, _ request: ReceivedRequest, _ context: ChannelHandlerContext) {
        switch answer.ending {
        case .noAnswer: context.close(promise: nil)
        case .raw(let bytes):
            // Below the HTTP encoder, which would refuse it.
            context.channel.pipeline.syncOperations.writeRaw(bytes)
        case .complete: write(answer, request, answer.body.count, context, ends: true)
        case .cut(let count):
            write(answer, request, count, context, ends: false)
            context.close(promise: nil)
        case .stall(let count): write(answer, request, count, context, ends: false)
        }
    }

    private func write(
        _ answer: ScriptedAnswer,
        _ request: ReceivedRequest,
        _ count: Int,
        _ context: ChannelHandlerContext,
        ends: Bool
    ) {
        var headers = HTTPHeaders(answer.fields)
        if !headers.contains(name: "content-length") {
            headers.add(name: "content-length", value: String(answer.body.count))
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != "HEAD", count > 0 {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body.prefix(count))))),
                promise: nil
            )
        }
        if ends { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
        context.flush()
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Writes bytes next to the socket and closes.
    fileprivate func writeRaw(_ bytes: [UInt8]) {
        do {
            let context = try context(handlerType: HTTPResponseEncoder.self)
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
            context.close(promise: nil)
        } catch {
            assertionFailure("no HTTP encoder in the pipeline: \(error)")
        }
    }
}
