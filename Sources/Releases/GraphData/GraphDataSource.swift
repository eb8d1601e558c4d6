package import HTTPTransport

/// Where graph data come from: the archive that update services hand out, or a file of it.
package enum GraphDataSource: Hashable, Sendable, CustomStringConvertible {
    /// An address that answers with the archive.
    case url(HTTPURL)
    /// The path of a file.
    case file(String)

    /// What clusters ask: Red Hat's update service.
    package static let standard = GraphDataSource.url(
        HTTPURL(
            scheme: .https,
            host: "api.openshift.com",
            port: nil,
            pathAndQuery: "/api/upgrades_info/graph-data"
        )
    )

    /// Parses `https://…`, `http://…` or `file://PATH`, whose path may be relative.
    ///
    /// - Throws: `ReleasesError.invalidGraphDataSource`.
    package init(_ text: some StringProtocol) throws(ReleasesError) {
        if text.hasPrefix("file://") {
            let path = String(text.dropFirst("file://".count))
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw Self.invalid(text, "it names no file")
            }
            self = .file(path)
            return
        }
        do throws(HTTPTransportError) {
            self = .url(try HTTPURL(text))
        } catch {
            throw Self.invalid(text, "it is neither https://…, http://… nor file://PATH (\(error))")
        }
    }

    /// The source that belongs to an update service.
    ///
    /// The service of a cluster serves its graph at `…/v1/graph` or `…/graph`, and the archive beside it at
    /// `…/graph-data`.
    ///
    /// - Parameter graph: the address of the graph; its query is dropped.
    /// - Throws: `ReleasesError.invalidGraphDataSource` when the address is none, or its path ends otherwise.
    package init(besideGraphAt graph: some StringProtocol) throws(ReleasesError) {
        let url: HTTPURL
        do throws(HTTPTransportError) {
            url = try HTTPURL(graph)
        } catch {
            throw Self.invalid(graph, "it is no address of an update service (\(error))")
        }
        var path = url.path[...]
        while path.hasSuffix("/") { path = path.dropLast() }
        guard let ending = ["/v1/graph", "/graph"].first(where: { path.hasSuffix($0) }) else {
            throw Self.invalid(
                graph,
                "its path does not end in /graph, so where the graph data are cannot be told; name them with --graph-data"
            )
        }
        self = .url(url.with(pathAndQuery: path.dropLast(ending.count) + "/graph-data"))
    }

    /// The address without query, which may hold secrets, or the name of the file without its folders.
    package var description: String {
        switch self {
        case .url(let url): url.description
        case .file(let path): "file \(path.split(separator: "/").last ?? "/")"
        }
    }

    private static func invalid(_ text: some StringProtocol, _ reason: String) -> ReleasesError {
        // A user name with its password may stand in an address, and secrets in a query.
        let shown = text.contains("@") ? "source" : "\(text.prefix { $0 != "?" }.prefix(200))"
        return ReleasesError(.invalidGraphDataSource, reference: "graph data \(shown)", reason: reason)
    }
}

extension ReleasesError.Code {
    /// A source of graph data cannot be understood.
    package static let invalidGraphDataSource = ReleasesError.Code("invalidGraphDataSource")
    /// The graph data are not at their source, or it does not hand them out.
    package static let graphDataUnavailable = ReleasesError.Code("graphDataUnavailable")
    /// What came is no archive of graph data.
    package static let invalidGraphData = ReleasesError.Code("invalidGraphData")
    /// The archive goes over a limit.
    package static let graphDataTooLarge = ReleasesError.Code("graphDataTooLarge")
    /// The image that the graph image shall be made of is not fit for it.
    package static let unusableGraphBase = ReleasesError.Code("unusableGraphBase")
    /// A file for the graph image cannot be read or written.
    package static let graphDataStorage = ReleasesError.Code("graphDataStorage")
}

extension ReleasesError {
    /// An error about graph data of a source.
    static func graphData(
        _ code: Code,
        _ source: GraphDataSource,
        _ reason: String,
        underlying: (any Error)? = nil
    ) -> ReleasesError {
        ReleasesError(
            code,
            subject: "graph data \(source)",
            // An update service inside an enclave has a graph, and no graph data beside it.
            reason: reason + (code == .graphDataUnavailable ? "; --graph-data names another place" : ""),
            underlying: underlying
        )
    }
}
