import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// The client's configuration, and what is done to each new connection.
enum ConnectionSetup {
    /// Makes the configuration of a client.
    ///
    /// - Parameters:
    ///   - configuration: the settings of the transport.
    ///   - tls: certificates and verification.
    ///   - proxy: what all connections go through.
    ///   - endsAtProxy: whether the client is told to connect to the proxy, and requests are rewritten for it.
    ///   - time: the clock by which stalled connections are found.
    ///   - observer: told of the connections that are made.
    /// - Returns: the configuration.
    static func clientConfiguration(
        _ configuration: HTTPTransportConfiguration,
        tls: TLSConfiguration,
        proxy: ProxyAddress?,
        endsAtProxy: Bool,
        time: TransportTime,
        observer: (@Sendable (TransportEvent) -> Void)?
    ) -> HTTPClient.Configuration {
        let authorization = proxy?.user.map {
            HTTPClient.Authorization.basic(username: $0.name, password: $0.password)
        }
        var client = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
            decompression: .disabled
        )
        client.httpVersion = .http1Only
        // The client connects to the one and speaks TLS with the other.
        if let name = configuration.serverName { client.dnsOverride = [name.name: name.host] }
        if let proxy, !endsAtProxy {
            client.proxy =
                proxy.kind == .http
                ? .server(host: proxy.host, port: proxy.port, authorization: authorization)
                : .socksServer(host: proxy.host, port: proxy.port)
        }
        // Whoever holds a slot must find a connection at once: the client's queue has no timeout of the right kind.
        client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            4 * (2 * configuration.streamsPerHost + configuration.requestsPerHost)
        client.connectionPool.retryConnectionEstablishment = false
        let proxyField = authorization?.headerValue
        client.http1_1ConnectionDebugInitializer = { channel in
            prepare(channel, configuration, time, observer) {
                endsAtProxy ? AbsoluteFormHandler(authorization: proxyField) : nil
            }
        }
        return client
    }

    /// Enlarges the buffers, which at their defaults cost a system call for every few KiB, and adds the progress watch.
    private static func prepare(
        _ channel: any Channel,
        _ configuration: HTTPTransportConfiguration,
        _ time: TransportTime,
        _ observer: (@Sendable (TransportEvent) -> Void)?,
        _ makeHandler: @escaping @Sendable () -> AbsoluteFormHandler?
    ) -> EventLoopFuture<Void> {
        let eventLoop = channel.eventLoop
        return eventLoop.submit {
            observer?(.connected(ConnectionFacts(channel)))
            if let options = channel.syncOptions {
                let size = max(4_096, configuration.receiveBufferSize)
                try options.setOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: min(size, 32 << 10), maximum: size)
                )
                let high = max(64 << 10, configuration.sendBufferSize)
                try options.setOption(.writeBufferWaterMark, value: .init(low: high / 2, high: high))
            }
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(
                ProgressHandler(configuration, now: time.connections),
                position: .after(decoder)
            )
            if let handler = makeHandler() { try pipeline.addHandler(handler, position: .after(decoder)) }
        }
    }
}
