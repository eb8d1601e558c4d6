import HTTPTransport
package import ImageStorage
import NIOCore
package import OCIModel

/// The bytes of one blob, whatever happens to the connections below.
///
/// Used by one task at a time, as the stream's contract says, which the compiler cannot see.
final class BlobReader: @unchecked Sendable {
    private let client: RegistryClient
    private let blob: Descriptor
    private let repository: RepositoryPath
    private var position: Int64
    private var exchange: HTTPExchange?
    /// How many bytes of the open body were delivered before.
    private var bytesToSkip: Int64 = 0
    private var usesRanges = true
    private var budget: RetryBudget

    init(_ client: RegistryClient, _ blob: Descriptor, in repository: RepositoryPath, from offset: Int64) {
        self.client = client
        self.blob = blob
        self.repository = repository
        position = offset
        budget = client.transport.retryBudget()
    }

    /// Lets the connection go.
    func close() { exchange = nil }

    /// The next bytes; nil after the last one.
    ///
    /// - Throws: `RegistryClientError`; `CancellationError`.
    func next() async throws -> ByteBuffer? {
        do {
            while true {
                let failure: HTTPTransportError
                do {
                    guard let exchange else {
                        if position >= blob.size { return nil }
                        self.exchange = try await connect()
                        continue
                    }
                    if let chunk = try await exchange.next() {
                        guard let part = try take(chunk) else { continue }
                        budget.madeProgress()
                        return part
                    }
                    self.exchange = nil
                    if position == blob.size { return nil }
                    failure = client.transport.bodyFault(
                        exchange,
                        "the answer ended at byte \(position) of \(blob.size)"
                    )
                } catch let fault as HTTPTransportError {
                    failure = fault
                }
                exchange = nil
                try await client.transport.backOff(&budget, after: failure)
            }
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(fault, client.purpose(of: call))
        }
    }

    private var call: RegistryCall {
        var call = RegistryCall(
            .get,
            path: "/v2/\(repository)/blobs/\(blob.digest)",
            .pull(repository),
            subject: blob.digest.description,
            action: "read blob \(blob.digest)"
        )
        if position > 0, usesRanges { call.fields["Range"] = "bytes=\(position)-" }
        return call
    }

    /// Opens the body at the position reached; throws faults as `HTTPTransportError`, the rest as final errors.
    private func connect() async throws -> HTTPExchange {
        let call = call
        let exchange = try await client.open(call)
        switch exchange.status {
        case 200:
            if let length = exchange.contentLength, length != blob.size {
                throw RegistryClientError(
                    .sizeMismatch,
                    "the registry has \(length) bytes, the manifest states \(blob.size)",
                    client.purpose(of: call)
                )
            }
            bytesToSkip = position
            return exchange
        case 206:
            let range = exchange.fields["content-range"].flatMap { ContentRange($0) }
            guard let range, range.first == position, range.total.map({ $0 == blob.size }) ?? true else {
                usesRanges = false
                throw client.transport.bodyFault(exchange, "the answer is not the range that was asked for")
            }
            bytesToSkip = 0
            return exchange
        case 416 where usesRanges && position > 0:
            usesRanges = false
            throw client.transport.bodyFault(exchange, "the range was refused")
        default:
            if let fault = client.transport.fault(of: exchange, to: .get) { throw fault }
            throw try await refusal(exchange, call)
        }
    }

    private static let correction = "its image is broken there: have it pushed there anew, or leave it out"

    private func refusal(_ exchange: HTTPExchange, _ call: RegistryCall) async throws -> RegistryClientError {
        guard exchange.status != 404 else {
            return RegistryClientError(
                .blobNotFound,
                registry: client.registry,
                repository: repository,
                subject: blob.digest.description,
                status: 404,
                message: "\(client.registry)/\(repository) has no blob \(blob.digest); \(Self.correction)",
                endpoint: "\(exchange.url)",
                nextStep: Self.correction
            )
        }
        let answer = HTTPAnswer(
            status: exchange.status,
            fields: exchange.fields,
            body: try await exchange.prefix(64 << 10),
            url: exchange.url
        )
        return client.failure(answer, call)
    }

    /// The bytes of a chunk that were not delivered yet; nil when there are none.
    private func take(_ chunk: ByteBuffer) throws -> ByteBuffer? {
        var chunk = chunk
        let skipped = Int(min(bytesToSkip, Int64(chunk.readableBytes)))
        chunk.moveReaderIndex(forwardBy: skipped)
        bytesToSkip -= Int64(skipped)
        guard chunk.readableBytes > 0 else { return nil }
        guard Int64(chunk.readableBytes) <= blob.size - position else {
            throw RegistryClientError(
                .sizeMismatch,
                "the registry has more than the \(blob.size) bytes that the manifest states",
                client.purpose(of: call)
            )
        }
        position += Int64(chunk.readableBytes)
        return chunk
    }
}

extension RegistryClient {
    package func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        let origin: HTTPOrigin
        do {
            origin = try await baseURL().origin
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(
                fault,
                .init(
                    registry: registry,
                    repository: repository,
                    subject: blob.digest.description,
                    action: "read blob \(blob.digest)"
                )
            )
        }
        return try await transport.withSlot(.download, at: origin) {
            let reader = BlobReader(self, blob, in: repository, from: min(max(0, offset), blob.size))
            defer { reader.close() }
            return try await body(BlobStream { try await reader.next() })
        }
    }
}
