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
    /// How many bytes of the blob came before the next chunk.
    private(set) var position: Int64
    /// Where reading ends.
    private let end: Int64
    /// Whether the registry says that it gives parts of the blob.
    private(set) var acceptsRanges = false
    private var exchange: HTTPExchange?
    /// How many bytes of the open body were delivered before.
    private var bytesToSkip: Int64 = 0
    private var usesRanges = true
    private var budget: RetryBudget
    /// How often in a row a storage behind the registry refused.
    private var storageRefusals = 0

    /// Begins at a byte, and ends at another or with the blob.
    init(
        _ client: RegistryClient,
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        to end: Int64? = nil
    ) {
        self.client = client
        self.blob = blob
        self.repository = repository
        position = offset
        self.end = end ?? blob.size
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
                        if position >= end { return nil }
                        self.exchange = try await connect()
                        continue
                    }
                    if let chunk = try await exchange.next() {
                        guard let part = try take(chunk) else { continue }
                        budget.madeProgress()
                        storageRefusals = 0
                        return part
                    }
                    self.exchange = nil
                    if position == end { return nil }
                    failure = client.transport.bodyFault(
                        exchange,
                        "the answer ended at byte \(position) of \(end)"
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
        if isPart {
            call.fields["Range"] = "bytes=\(position)-\(end - 1)"
        } else if position > 0, usesRanges {
            call.fields["Range"] = "bytes=\(position)-"
        }
        return call
    }

    private var isPart: Bool { end < blob.size }

    /// Opens the body at the position reached; throws faults as `HTTPTransportError`, the rest as final errors.
    private func connect() async throws -> HTTPExchange {
        let call = call
        let exchange = try await client.open(call)
        if exchange.status == 206 || exchange.fields["accept-ranges"]?.lowercased() == "bytes" { acceptsRanges = true }
        switch exchange.status {
        case 200, 416:
            guard !isPart else {
                // The whole blob for each part would be the worst of ways.
                client.knowledge.refusedRange()
                throw RegistryClientError(
                    invalid: "a part of the blob was answered with status \(exchange.status)",
                    client.purpose(of: call),
                    status: exchange.status
                )
            }
            guard exchange.status == 200 else { break }
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
            guard let range, range.first == position, range.total.map({ $0 == blob.size }) ?? true,
                !isPart || range.last < end
            else {
                usesRanges = false
                throw client.transport.bodyFault(exchange, "the answer is not the range that was asked for")
            }
            bytesToSkip = 0
            return exchange
        default: break
        }
        if exchange.status == 416, usesRanges, position > 0 {
            usesRanges = false
            throw client.transport.bodyFault(exchange, "the range was refused")
        }
        if let fault = client.transport.fault(of: exchange, to: .get) { throw fault }
        // Addresses of storages are signed and have an end; the registry gives a new one.
        if [400, 401, 403].contains(exchange.status), storageRefusals < 3,
            exchange.url.origin != (try await client.baseURL()).origin
        {
            storageRefusals += 1
            throw client.transport.statusFault(exchange, to: .get)
        }
        throw try await refusal(exchange, call)
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
        guard Int64(chunk.readableBytes) <= end - position else {
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
        let start = min(max(0, offset), blob.size)
        return try await transport.withSlot(.download, at: origin) {
            let reader = BlobReader(self, blob, in: repository, from: start)
            guard blob.size - start > configuration.ranges.smallestBlob, configuration.ranges.maximumConnections > 1,
                knowledge.mayGiveRanges
            else {
                defer { reader.close() }
                return try await body(BlobStream { try await reader.next() })
            }
            return try await SegmentedReader(reader, self, blob, in: repository, at: origin).run(body)
        }
    }
}
