import Hummingbird
import ImageStorage
import Logging
import NIOCore
import OCIModel

extension RegistryResponder {
    /// Sends a blob or a part of it (`GET` and `HEAD` of `/v2/<name>/blobs/<digest>`).
    func getBlob(_ digest: Digest, in repository: RepositoryPath, _ exchange: Exchange) async throws -> Response {
        guard let size = try await content.blobSize(digest, in: repository) else {
            guard try await content.hasRepository(repository) else { throw Self.nameUnknown(repository) }
            throw Self.blobUnknown(digest, in: repository)
        }
        let request = exchange.request.headers
        let tag = EntityTag(digest)
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .contentDigest: digest.description,
            .eTag: tag.text, .acceptRanges: "bytes",
        ]
        if tag.isKnown(to: request[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        guard !exchange.isHead else {
            headers[.contentLength] = String(size)
            return Response(status: .ok, headers: headers)
        }
        let range = tag.allowsRange(request[.ifRange]) ? request[.range] : nil
        switch ByteRange.parse(range, size: size) {
        case .whole:
            return Response(
                status: .ok,
                headers: headers,
                body: body(of: digest, in: repository, 0..<size, exchange.channel)
            )
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return Response(
                status: .partialContent,
                headers: headers,
                body: body(of: digest, in: repository, range, exchange.channel)
            )
        case .unsatisfiable:
            var problem = RegistryProblem(416, .sizeInvalid, "blob \(digest) has \(size) bytes; the range is outside")
            problem.headers[.contentRange] = "bytes */\(size)"
            throw problem
        }
    }

    /// Removes a blob from a repository (`DELETE /v2/<name>/blobs/<digest>`).
    func deleteBlob(
        _ digest: Digest,
        in repository: RepositoryPath,
        from writer: any RegistryWriter
    ) async throws -> Response {
        guard try await writer.deleteBlob(digest, in: repository) else {
            throw Self.blobUnknown(digest, in: repository)
        }
        return Response(status: .accepted)
    }

    /// Chunks up to this size, in bytes, are not read ahead: thousands of stalled clients would hold them.
    private var smallChunk: Int { 32 << 10 }

    private func body(
        of digest: Digest,
        in repository: RepositoryPath,
        _ range: Range<Int64>,
        _ channel: any Channel
    ) -> ResponseBody {
        let content = content
        return ResponseBody(contentLength: range.count) { writer in
            let sink = BodySink(writer)
            do {
                try await content.withBlob(digest, in: repository, range: range) { stream in
                    // One chunk is read while the one before is sent, and for clients that take only small ones none.
                    while let chunk = try await stream.next() {
                        try await SendGate.waitUntilSent(on: channel)
                        try await sink.write(chunk)
                        if chunk.readableBytes <= smallChunk { try await SendGate.waitUntilSent(on: channel) }
                    }
                }
            } catch let error as any ContentFailure {
                // The status is sent already: the connection that ends too early is all that the client sees.
                report("a pull of blob \(digest) from \(repository) was cut: \(error)")
                throw error
            }
            try await sink.finish()
        }
    }

    private static func blobUnknown(_ digest: Digest, in repository: RepositoryPath) -> RegistryProblem {
        RegistryProblem(
            404,
            .blobUnknown,
            "repository \(repository) holds no blob \(digest)",
            detail: ["digest": digest.description]
        )
    }
}

/// Lends the writer of an answer to the closure that reads a blob; one task uses it, one call after the other.
private final class BodySink: @unchecked Sendable {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) {
        self.writer = writer
    }

    @concurrent
    func write(_ chunk: ByteBuffer) async throws {
        try await writer.write(chunk)
    }

    @concurrent
    func finish() async throws {
        try await writer.finish(nil)
    }
}
