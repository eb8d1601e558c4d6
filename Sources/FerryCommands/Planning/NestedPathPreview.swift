import MirrorPlan
import OCIModel

/// What `--max-nested-paths` makes of the destinations of a plan.
struct NestedPathPreview: Sendable {
    /// A path that is shortened.
    struct Entry: Hashable, Sendable, Encodable {
        /// The repository as it is known upstream.
        let source: String
        /// Where its images would be without a limit.
        let unshortened: String
        /// Where they are.
        let destination: String
    }

    /// How many entries the text has.
    private static let shownEntries = 30

    /// The shortened paths, each once, in the order of their sources.
    let entries: [Entry]
    /// How many paths keep as they are.
    let unchanged: Int
    private let limit: Int

    /// Compares the destinations of a plan with and without the target's limit.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination`.
    init(_ plan: MirrorPlan, at target: TargetNamespace) throws {
        let whole = TargetNamespace(registry: target.registry, prefix: target.prefix)
        var all: Set<Entry> = []
        for image in plan.primaryImages {
            all.insert(
                Entry(
                    source: image.origin.repository.description,
                    unshortened: "\(target.registry)/\(try whole.repository(for: image.destination))",
                    destination: "\(target.registry)/\(try target.repository(for: image.destination))"
                )
            )
        }
        entries = all.filter { $0.unshortened != $0.destination }
            .sorted { ($0.source, $0.unshortened) < ($1.source, $1.unshortened) }
        unchanged = all.count - entries.count
        limit = target.maxNestedPaths ?? 0
    }

    /// Lines of a plan's table: a label and its text.
    var lines: [(label: String, text: String)] {
        guard !entries.isEmpty else { return [("Paths", "none has more than \(limit) components")] }
        let rest = unchanged == 0 ? "" : ", \(unchanged) keep as they are"
        let title = "\(entries.count) shortened to \(limit) component\(limit == 1 ? "" : "s")\(rest)"
        var lines = [(label: "Paths", text: title)]
        lines += entries.prefix(Self.shownEntries).map { ("", "\($0.source) → \($0.destination)") }
        if entries.count > Self.shownEntries {
            lines.append(("", "and \(entries.count - Self.shownEntries) more, in mapping.txt"))
        }
        return lines
    }
}
