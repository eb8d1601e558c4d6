import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The client's configuration, and what is done to each new connection.
enum ConnectionSetup {
    /// Makes the configuration of the one client that a transport has.
    static func clientConfiguration(
        _ configuration: HTTPTransportConfiguration,
        trust: TrustSettings,
        observer: (@Sendable (TransportEvent) -> Void)?
    ) -> HTTPClient.Configuration {
        var client = HTTPClient.Configuration(
            tlsConfiguration: trust.verified,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
            decompression: .disabled
        )
        client.httpVersion = .http1Only
        // The client connects to the one and speaks TLS with the other.
        if let name = configuration.serverName { client.dnsOverride = [name.name: name.host] }
        // Whoever holds a slot must find a connection at once: the client's queue has no timeout of the right kind.
        client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            4 * (2 * configuration.streamsPerHost + configuration.requestsPerHost)
        client.connectionPool.retryConnectionEstablishment = false
        client.http1_1ConnectionDebugInitializer = { channel in prepare(channel, configuration, observer) }
        return client
    }

    /// Enlarges the buffers, which at their defaults cost a system call for every few KiB, and adds the progress watch.
    private static func prepare(
        _ channel: any Channel,
        _ configuration: HTTPTransportConfiguration,
        _ observer: (@Sendable (TransportEvent) -> Void)?
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
                ProgressHandler(
                    timeout: configuration.progressTimeout,
                    commitBytesPerSecond: configuration.commitBytesPerSecond
                ),
                position: .after(decoder)
            )
        }
    }
}
