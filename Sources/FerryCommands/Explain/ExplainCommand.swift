import ArgumentParser
import MirrorPlan
import OCIModel

/// Says why an image is in a plan.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why an image is mirrored, from where, to where."
    )

    @Argument(help: "A reference, digest, tag or part of one.")
    var image: String

    @OptionGroup
    var input: PlanInputOptions

    @Option(name: .customLong("output"), help: "text or json")
    var format = "text"

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        guard ["text", "json"].contains(format) else {
            throw FerryError("--output must be text or json, not \"\(format)\"")
        }
        guard !image.isEmpty else { throw FerryError("name an image, or a part of its reference") }
        let run = try await Session.run(connection, output, readsSources: true) { session in
            try await input.plan(session, checksLock: false)
        }
        let found = run.plan.images.filter(matches)
        if format == "json" {
            print(try JSONOutput.text(found), terminator: "")
        } else {
            let index = PlanIndex(run.plan)
            for image in found { print(Self.text(image, index: index), terminator: "") }
        }
        if found.isEmpty {
            for blocked in run.blocked where "\(blocked.origin)".contains(image) {
                throw FerryError("\(blocked.origin) is left out: blockedImages has a pattern that matches it")
            }
            for failure in run.failures where "\(failure.origin)".contains(image) {
                throw FerryError(
                    "\(failure.origin) is wanted (\(failure.reason)) but cannot be planned: \(failure.cause)",
                    exitCode: failure.kind.exitBit
                )
            }
            throw FerryError("no image of the plan matches \"\(image)\"")
        }
    }

    /// Anything that a user may have at hand selects an image: part of its origin, digest, or destination.
    private func matches(_ planned: PlannedImage) -> Bool {
        let places = planned.tags.map { "\(planned.destination):\($0)" }
        let texts = [planned.origin.description, planned.pinnedSource.description, planned.digest.description] + places
        return texts.contains { $0.contains(image) }
    }

    private static func text(_ image: PlannedImage, index: PlanIndex) -> String {
        var lines = ["\(image.origin)", "  digest       \(image.digest)", "  source       \(image.source)"]
        let tags = image.tags.isEmpty ? "@\(image.digest)" : image.tags.map { ":\($0)" }.joined(separator: " ")
        lines.append("  destination  \(image.destination)\(tags)")
        lines.append("  kind         \(image.attachment?.rawValue ?? image.kind.rawValue)")
        lines.append("  size         \(ByteSize.text(index.size(of: image.digest)))")
        if !image.platforms.isEmpty {
            lines.append("  platforms    \(image.platforms.map(\.description).joined(separator: ", "))")
        }
        for reason in image.reasons { lines.append("  why          \(reason)") }
        return PrintableText.of(lines.joined(separator: "\n") + "\n")
    }
}
