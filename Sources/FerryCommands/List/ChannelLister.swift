import DispatchLanes
import Foundation
import OCIModel
import Releases
import SemanticVersion

/// Lists what an update graph has.
struct ChannelLister: Sendable {
    let graphs: any UpdateGraphProvider
    let channel: String
    let product: ReleaseProduct
    let architectures: [String]
    let isJSON: Bool

    /// A channel's releases as data.
    private struct Listed: Encodable {
        let channel: String
        let architecture: String
        let versions: [String]
    }

    /// The channels of a version as data.
    private struct Channels: Encodable {
        let version: String
        let channels: [String]
    }

    /// The releases of the channel for each architecture.
    ///
    /// - Parameter version: the X.Y that was asked for, for the hint; nil takes that of the channel.
    /// - Returns: the list, with a failure when an architecture has none.
    /// - Throws: `CancellationError`.
    func versions(version: String?) async throws -> ListedText {
        let answers = try await all()
        let found = answers.compactMap { try? $0.get() }
        let failures = answers.compactMap { answer in
            if case .failure(let error) = answer { error } else { nil }
        }
        let failure = failures.isEmpty ? nil : FerryError("\(ReleasesError(joining: failures))")
        if isJSON {
            let listed = found.map {
                Listed(
                    channel: channel,
                    architecture: $0.architecture,
                    versions: $0.nodes.map(\.version.description)
                )
            }
            return ListedText(try JSONOutput.text(listed), failure: failure)
        }
        var lines: [String] = []
        if channel.hasPrefix("stable"), !found.isEmpty { lines += hints(version) }
        for graph in found {
            lines += ["Channel: \(channel)", "Architecture: \(graph.architecture)"]
            lines += graph.nodes.map(\.version.description)
        }
        return ListedText(lines.map { $0 + "\n" }.joined(), failure: failure)
    }

    /// The channels that the channel's releases are in.
    ///
    /// - Throws: `FerryError` when there are none; `CancellationError`.
    func channels(version: String) async throws -> ListedText {
        let graph: UpdateGraph
        do {
            graph = try await graphs.graph(channel: channel, architecture: architectures[0], product: product)
            let hint = graph.nodes.isEmpty ? try await hint(architectures[0]) : ""
            try graph.requireReleases(subject: "version \(version)", hint: hint)
        } catch let error as ReleasesError {
            throw FerryError("\(error)")
        }
        let channels = Set(graph.nodes.flatMap(\.channels)).sorted()
        guard !channels.isEmpty else {
            throw FerryError(
                "the update service names no channels for version \(version): none of the \(graph.nodes.count) releases "
                    + "of \(channel) has any in its metadata"
            )
        }
        if isJSON { return ListedText(try JSONOutput.text(Channels(version: version, channels: channels))) }
        let lines = ["Listing channels for version \(version):", ""] + channels
        return ListedText(lines.joined(separator: "\n") + "\n")
    }

    /// The path between two versions for each architecture.
    ///
    /// - Throws: `FerryError` with exit code 2 when there is no path or an end is missing; `CancellationError`.
    func path(from: SemanticVersion, to: SemanticVersion, includesConditional: Bool) async throws -> ListedText {
        var paths: [UpdatePathText] = []
        var failures: [ReleasesError] = []
        for answer in try await all() {
            do throws(ReleasesError) {
                let graph = try answer.get()
                paths.append(
                    try UpdatePathText(in: graph, from: from, to: to, includesConditional: includesConditional)
                )
            } catch {
                failures.append(error)
            }
        }
        let failure = failures.isEmpty ? nil : FerryError("\(ReleasesError(joining: failures))", exitCode: 2)
        if isJSON { return ListedText(try JSONOutput.text(paths.map(\.document)), failure: failure) }
        return ListedText(paths.map(\.text).joined(separator: "\n"), failure: failure)
    }

    /// The graph for each architecture; one without releases is a failure.
    private func all() async throws -> [Result<UpdateGraph, ReleasesError>] {
        try await mapConcurrently(architectures, width: 4) { architecture in
            do {
                let graph = try await graphs.graph(channel: channel, architecture: architecture, product: product)
                let hint = graph.nodes.isEmpty ? try await hint(architecture) : ""
                try graph.requireReleases(subject: "channel \(channel) (\(architecture))", hint: hint)
                return .success(graph)
            } catch let error as ReleasesError {
                return .failure(error)
            }
        }
    }

    private func hint(_ architecture: String) async throws -> String {
        try await graphs.hint(forChannel: channel, architecture: architecture, product: product)
    }

    private func hints(_ version: String?) -> [String] {
        let name = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent }
        // Scripts that were written for oc-mirror find its very words.
        let program = name == "oc-mirror" ? "oc-mirror --v2" : "ferry"
        let version = version ?? channel.split(separator: "-").last.map { String($0) } ?? ""
        return [
            "Listing stable channels. Use --channel=<name> to filter.",
            "Use \(program) list releases --channels --version=\(version) to discover other channels.", "",
        ]
    }
}
