import FerryTestSupport
import Foundation
import Releases
import SemanticVersion
import Synchronization
import Testing

/// Graphs that tests make.
final class MadeGraphs: UpdateGraphProvider {
    private let graphs: [String: GraphBuilder]
    private let state = Mutex<[String]>([])

    /// Takes graphs by channel, for amd64 unless the key is `ARCHITECTURE CHANNEL`.
    init(_ graphs: [String: GraphBuilder]) {
        self.graphs = graphs
    }

    /// What was asked for, as `ARCHITECTURE CHANNEL`, sorted.
    var asked: [String] { state.withLock { $0.sorted() } }

    func graph(channel: String, architecture: String, product: ReleaseProduct) async throws -> UpdateGraph {
        let key = "\(architecture) \(channel)"
        state.withLock { $0.append(key) }
        let builder = graphs[key] ?? (architecture == "amd64" ? graphs[channel] : nil) ?? GraphBuilder()
        return try UpdateGraph(decoding: builder.json, channel: channel, architecture: architecture, product: product)
    }
}

/// Files of real graphs.
enum GraphFiles {
    /// A case of `expected-releases.json`.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct Channel: Decodable, Sendable {
            let name: String
            let minVersion: String?
            let maxVersion: String?
            let shortestPath: Bool?
            let full: Bool?
        }

        let architectures: [String]
        let channels: [Channel]
        /// Payloads, in the shared data.
        let releases: [String]?
        /// Versions, in the fixtures.
        let versions: [String]?

        var testDescription: String {
            channels.map { "\($0.name) \($0.minVersion ?? "-") \($0.maxVersion ?? "-")" }.joined(separator: ", ")
        }

        func requests() throws -> [ChannelRequest] {
            try channels.map { channel in
                try ChannelRequest(
                    name: channel.name,
                    minimum: channel.minVersion.map { try SemanticVersion($0) },
                    maximum: channel.maxVersion.map { try SemanticVersion($0) },
                    isShortestPath: channel.shortestPath ?? false,
                    isFull: channel.full ?? false,
                    place: "channel \(channel.name)"
                )
            }
        }
    }

    /// One real graph, whatever is asked for.
    struct Provider: UpdateGraphProvider {
        let bytes: [UInt8]

        func graph(channel: String, architecture: String, product: ReleaseProduct) async throws -> UpdateGraph {
            try UpdateGraph(decoding: bytes, channel: channel, architecture: architecture, product: product)
        }
    }

    /// The fixtures of this target.
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")
    /// The whole files, on the machines that have them.
    static let shared: URL? = {
        let named = ProcessInfo.processInfo.environment["FERRY_SHARED_DATA"].map { URL(filePath: $0) }
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "../shared/data")
            .standardizedFileURL
        let folder = (named ?? beside).appending(path: "cincinnati")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    static func cases(in folder: URL?) -> [Case] {
        guard let folder, let data = try? Data(contentsOf: folder.appending(path: "expected-releases.json")) else {
            return []
        }
        return (try? JSONDecoder().decode([Case].self, from: data)) ?? []
    }

    static func provider(in folder: URL) throws -> Provider {
        Provider(bytes: Array(try Data(contentsOf: folder.appending(path: "stable-4.8_amd64.json"))))
    }
}
