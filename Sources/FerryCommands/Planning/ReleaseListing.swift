import ImageSetConfig
import MirrorPlan
import OCIModel
import Releases
import SemanticVersion

/// Shows which releases the update graph gives for a configuration, without opening any.
struct ReleaseListing: Sendable {
    /// What the graph gave.
    let selection: ReleaseSelection

    /// Asks the update service for the channels of a configuration.
    ///
    /// - Throws: `FerryError`, with exit code 2 when the graph does not give what is asked for; `CancellationError`.
    init(_ input: PlanInputOptions, _ session: Session) async throws {
        guard let config = input.config, input.lock == nil else {
            throw FerryError("--releases looks at the channels of a configuration: say --config FILE, and no --lock")
        }
        let configuration = try ConfigurationFile.load(config, logger: session.logger)
        guard let platform = configuration.platform, platform.release == nil, !platform.channels.isEmpty else {
            let pinned = configuration.platform?.releaseText.map { ": platform.release names \($0)" } ?? ""
            throw FerryError("\(config) asks for no release channel\(pinned)")
        }
        let requests = ReleaseRequests(platform, fileName: configuration.source.fileName)
        do {
            selection = try await requests.select(
                over: session.transport,
                includesConditional: input.includesConditional,
                logger: session.logger
            )
        } catch let error as ReleasesError {
            throw FerryError("\(error)", exitCode: 2)
        }
    }

    private struct Entry: Encodable {
        let channel: String
        let architecture: String
        let version: String
        let image: ImageReference
        let reasons: [String]
        /// Only where a chosen path comes here over a conditional update.
        let conditionalUpdates: [Update]?

        struct Update: Encodable {
            let from: String
            let risks: [UpdateRisk]
        }
    }

    /// One object for each channel and release.
    ///
    /// - Throws: `EncodingError`, which does not happen for these types.
    func json() throws -> String {
        try JSONOutput.text(
            places.map { channel, release in
                let crossed = selection.crossedEdges.filter { edge in
                    edge.channel == channel && edge.architecture == release.architecture && edge.to == release.version
                }
                return Entry(
                    channel: channel,
                    architecture: release.architecture,
                    version: release.version.description,
                    image: release.payload,
                    reasons: release.reasons,
                    conditionalUpdates: crossed.isEmpty
                        ? nil : crossed.map { Entry.Update(from: $0.from.description, risks: $0.risks) }
                )
            }
        )
    }

    /// Each release below each of its channels, sorted by channel, architecture and version.
    private var places: [(channel: String, release: SelectedRelease)] {
        selection.releases.flatMap { release in release.channels.map { (channel: $0, release: release) } }
            .sorted {
                ($0.channel, $0.release.architecture, $0.release.version, $0.release.payload)
                    < ($1.channel, $1.release.architecture, $1.release.version, $1.release.payload)
            }
    }

    /// The releases below their channels, then paths and conditional updates.
    func text() -> String {
        var lines: [String] = []
        var heading = ""
        for (channel, release) in places {
            let own = "\(channel) (\(release.architecture))"
            if own != heading {
                if !lines.isEmpty { lines.append("") }
                lines.append(own)
                heading = own
            }
            lines.append("  \(release.version)  \(release.payload)")
            lines += release.reasons.map { "      \($0)" }
        }
        if !selection.paths.isEmpty { lines += ["", "Paths"] }
        lines += selection.paths.map { "  " + $0.map(\.description).joined(separator: " → ") }
        if !selection.crossedEdges.isEmpty { lines += ["", "Conditional updates on these paths"] }
        for edge in selection.crossedEdges {
            lines.append("  \(edge.from) → \(edge.to) in \(edge.channel) (\(edge.architecture))")
            lines += edge.risks.flatMap { RiskText.lines($0).map { "    " + $0 } }
        }
        let (releases, channels) = (selection.releases.count, Set(places.map(\.channel)).count)
        lines += [
            "", "\(releases) release\(releases == 1 ? "" : "s") in \(channels) channel\(channels == 1 ? "" : "s")",
        ]
        // Names and risks come from the update service.
        return PrintableText.of(lines.joined(separator: "\n") + "\n")
    }
}

/// Shows a risk of a conditional update.
enum RiskText {
    /// The name with its message, then the address.
    static func lines(_ risk: UpdateRisk) -> [String] {
        let message = risk.message.split(whereSeparator: \.isNewline).joined(separator: " ")
        return ["\(risk.name): \(message)"] + (risk.url.isEmpty ? [] : [risk.url])
    }
}
