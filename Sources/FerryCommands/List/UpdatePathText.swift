import MirrorPlan
import OCIModel
import Releases
import SemanticVersion

extension ReleasesError {
    /// Says that no path is there, and what may help.
    fileprivate init(noPathFrom from: SemanticVersion, to: SemanticVersion, in graph: UpdateGraph) {
        self.init(
            .noUpdatePath,
            subject: "channel \(graph.channel) (\(graph.architecture))",
            reason: "no update path leads from \(from) to \(to), not even over conditional updates"
                + (from > to ? ": updates never go back to an earlier version" : "; another channel may have one")
        )
    }
}

/// The path of an update, step by step.
struct UpdatePathText: Sendable {
    /// The path as data.
    struct Document: Encodable, Sendable {
        /// One step.
        struct Step: Encodable, Sendable {
            let from: String
            let to: String
            /// The payload of the release after.
            let image: ImageReference
            /// The risks; none when the update is always recommended.
            let risks: [UpdateRisk]
        }

        let channel: String
        let architecture: String
        let from: String
        let to: String
        let steps: [Step]
    }

    /// The path as data.
    let document: Document

    /// Finds a path.
    ///
    /// - Throws: `ReleasesError.versionNotFound`, `.noUpdatePath`.
    init(
        in graph: UpdateGraph,
        from: SemanticVersion,
        to: SemanticVersion,
        includesConditional: Bool
    ) throws(ReleasesError) {
        let subject = "channel \(graph.channel) (\(graph.architecture))"
        let start = try graph.requireIndex(of: from, subject: subject, purpose: "the path begins with it")
        let end = try graph.requireIndex(of: to, subject: subject, purpose: "the path ends with it")
        let paths = UpdatePaths(graph)
        guard let path = paths.path(from: start, to: end, conditional: includesConditional ? .always : .whereNeeded)
        else {
            throw ReleasesError(noPathFrom: from, to: to, in: graph)
        }
        let crossed = graph.conditionalUpdates(of: path)
        document = Document(
            channel: graph.channel,
            architecture: graph.architecture,
            from: from.description,
            to: to.description,
            steps: zip(path, path.dropFirst()).map { before, after in
                let versions = (graph.nodes[before].version, graph.nodes[after].version)
                return Document.Step(
                    from: versions.0.description,
                    to: versions.1.description,
                    image: graph.nodes[after].payload,
                    risks: crossed.first { $0.from == versions.0 && $0.to == versions.1 }?.risks ?? []
                )
            }
        )
    }

    /// The path for people; conditional steps are marked, with their risks below.
    var text: String {
        var lines = ["Channel: \(document.channel)", "Architecture: \(document.architecture)", document.from]
        for step in document.steps {
            lines.append("→ \(step.to)" + (step.risks.isEmpty ? "" : "  (conditional)"))
            lines += step.risks.flatMap { RiskText.lines($0).map { "    " + $0 } }
        }
        let steps = document.steps.count
        lines.append("\(steps) update\(steps == 1 ? "" : "s")")
        return lines.joined(separator: "\n") + "\n"
    }
}
