import DispatchLanes
import Foundation
package import HTTPTransport
import NIOCore

/// Gets an archive of graph data and opens it.
package struct GraphDataFetcher: Sendable {
    private let transport: HTTPTransport
    private let limits: GraphDataLimits
    private let lane = DispatchLane(label: "ferry.graph-data")

    /// Makes a fetcher.
    package init(transport: HTTPTransport, limits: GraphDataLimits = GraphDataLimits()) {
        self.transport = transport
        self.limits = limits
    }

    /// Gets the archive and reads it whole.
    ///
    /// What comes is written to files without names, so memory stays flat and nothing is left behind.
    ///
    /// - Parameters:
    ///   - source: where it is.
    ///   - folder: where the files are made; it must be there, and writable.
    /// - Returns: the archive, checked.
    /// - Throws: `ReleasesError.graphDataUnavailable` when it is not there, after retries; `.invalidGraphData`,
    ///   `.graphDataTooLarge`, `.graphDataStorage`; `CancellationError`.
    package func fetch(_ source: GraphDataSource, in folder: String) async throws -> GraphDataArchive {
        let file: ScratchFile
        var contentType: String?
        switch source {
        case .file(let path): file = try await copy(path, of: source, in: folder)
        case .url(let url): (file, contentType) = try await download(url, of: source, in: folder)
        }
        let limits = limits
        return try await lane.run { [contentType] in
            try GraphDataArchive(unpacking: file, of: source, contentType: contentType, limits: limits, in: folder)
        }
    }

    private func copy(_ path: String, of source: GraphDataSource, in folder: String) async throws -> ScratchFile {
        let limit = limits.packedBytes
        return try await lane.run {
            // A pipe or device would be read without end; opening one could wait without end.
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else {
                throw ReleasesError.graphData(
                    .graphDataUnavailable,
                    source,
                    "cannot open \(path): \(String(cString: strerror(errno)))"
                )
            }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            var information = stat()
            guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
                throw ReleasesError.graphData(.graphDataUnavailable, source, "\(path) is not a regular file")
            }
            let file = try ScratchFile(in: folder)
            do {
                while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
                    guard Int64(piece.count) <= limit - file.size else { throw Self.tooLarge(source, limit) }
                    try piece.withUnsafeBytes { try file.append($0) }
                }
            } catch let error as ReleasesError {
                throw error
            } catch {
                throw ReleasesError.graphData(.graphDataUnavailable, source, "cannot read \(path): \(error)")
            }
            return file
        }
    }

    /// Asks the server for the archive, reads its first bytes, and leaves it at that.
    ///
    /// - Parameter url: where the archive is.
    /// - Returns: the archive's size in bytes; nil when the server does not say.
    /// - Throws: `ReleasesError.graphDataUnavailable`, whose underlying error is the transport's when there was no answer;
    ///   `.invalidGraphData` when something else begins there; `.graphDataTooLarge`; `CancellationError`.
    package func probe(_ url: HTTPURL) async throws -> Int64? {
        let source = GraphDataSource.url(url)
        return try await retrying(url, of: source) { exchange in
            let start = Array(try await exchange.prefix(256).readableBytesView)
            try GraphDataArchive.checkBeginning(
                start,
                size: exchange.contentLength ?? Int64(start.count),
                of: source,
                contentType: exchange.fields["content-type"]
            )
            return exchange.contentLength
        }
    }

    private func download(
        _ url: HTTPURL,
        of source: GraphDataSource,
        in folder: String
    ) async throws -> (ScratchFile, contentType: String?) {
        try await retrying(url, of: source) { exchange in
            let file = try await lane.run { try ScratchFile(in: folder) }
            var count: Int64 = 0
            while let chunk = try await exchange.next() {
                guard Int64(chunk.readableBytes) <= limits.packedBytes - count else {
                    throw Self.tooLarge(source, limits.packedBytes)
                }
                count += Int64(chunk.readableBytes)
                try await lane.run { try chunk.withUnsafeReadableBytes { try file.append($0) } }
            }
            return (file, exchange.fields["content-type"])
        }
    }

    /// Asks for the archive and reads what comes, from its beginning after each fault that makes another try worth while.
    private func retrying<Output>(
        _ url: HTTPURL,
        of source: GraphDataSource,
        _ read: (HTTPExchange) async throws -> Output
    ) async throws -> Output {
        var budget = transport.retryBudget()
        while true {
            let failure: HTTPTransportError
            do {
                let result = try await transport.withSlot(.download, at: url.origin) {
                    try await attempt(url, of: source, read)
                }
                switch result {
                case .success(let output): return output
                case .failure(let fault): failure = fault
                }
            } catch let fault as HTTPTransportError {
                failure = fault
            }
            do {
                try await transport.backOff(&budget, after: failure)
            } catch let fault as HTTPTransportError {
                throw ReleasesError.graphData(.graphDataUnavailable, source, "\(fault)", underlying: fault)
            }
        }
    }

    /// One try: what was read, or the fault that makes another one worth while.
    private func attempt<Output>(
        _ url: HTTPURL,
        of source: GraphDataSource,
        _ read: (HTTPExchange) async throws -> Output
    ) async throws -> Result<Output, HTTPTransportError> {
        let exchange = try await transport.open(HTTPRequest(.get, url))
        if let fault = transport.fault(of: exchange, to: .get) {
            _ = try await exchange.prefix(64 << 10)
            return .failure(fault)
        }
        guard exchange.status == 200 else {
            throw ReleasesError.graphData(
                .graphDataUnavailable,
                source,
                "the server answered with status \(exchange.status)" + Self.excerpt(try await exchange.prefix(4 << 10))
            )
        }
        guard (exchange.contentLength ?? 0) <= limits.packedBytes else {
            throw Self.tooLarge(source, limits.packedBytes)
        }
        return .success(try await read(exchange))
    }

    private static func tooLarge(_ source: GraphDataSource, _ limit: Int64) -> ReleasesError {
        ReleasesError.graphData(.graphDataTooLarge, source, "it has more than the allowed \(limit) bytes")
    }

    /// The beginning of a text, for messages; nothing of what is no text.
    private static func excerpt(_ body: ByteBuffer) -> String {
        let text = GraphDataArchive.shown(Array(body.readableBytesView))
        return text.isEmpty ? "" : ": \(text)"
    }
}
