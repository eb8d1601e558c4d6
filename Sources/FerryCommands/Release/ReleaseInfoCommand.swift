import ArgumentParser
import DispatchLanes
import OCIModel
import Releases
import TerminalProgress

/// Shows what a release is made of.
struct ReleaseInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what a release is made of, or what differs from another.",
        usage: """
            ferry release info REF [--size] [--pullspecs] [--commits] [--diff OTHER]
            ferry release info REF --image-for NAME
            ferry release info --from file://DIR [REF] …
            """,
        discussion: """
            REF is a reference with tag or digest, also of a mirror. With --from it may be a tag or version alone, and is \
            not needed for a set with one release.
            """
    )

    @Argument(help: "The release, such as quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64.")
    var release: String?

    @Option(help: "An earlier release: show what has changed since, instead of what there is.")
    var diff: String?

    @Flag(help: "Show the sizes of the images; reads the manifest of each.")
    var size = false

    @Flag(help: "Show where each image is pulled from, instead of its digest.")
    var pullspecs = false

    @Flag(help: "Show the sources and the commit that each image was built from.")
    var commits = false

    @Option(help: "Print where the image of this name is pulled from, and nothing else.")
    var imageFor: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json")
    var format = "text"

    @OptionGroup
    var place: ReleaseSourceOptions

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        if imageFor != nil, diff != nil || size || pullspecs || commits {
            throw ValidationError("--image-for prints one line; it goes with none of the other options")
        }
        if diff != nil, pullspecs || commits {
            throw ValidationError(
                "--diff shows digests and commits by itself; --pullspecs and --commits do not go with it"
            )
        }
    }

    func run() async throws {
        guard ["text", "json"].contains(format) else {
            throw FerryError("--output must be text or json, not \"\(format)\"")
        }
        let text = try await Session.run(connection, output, readsSources: place.readsRegistries) { session in
            let library = try await place.open(session)
            if let diff { return try await compare(diff, library, session) }
            let release = try await library.inspect(try await library.find(release))
            if let imageFor { return try Self.pullSpec(of: imageFor, in: release) }
            let images = size ? try await Self.images(of: release, library, session) : nil
            return try describe(release, sizes: images.map { ComponentSizes($0) })
        }
        print(text, terminator: "")
    }

    private func describe(_ release: ReleaseInspection, sizes: ComponentSizes?) throws -> String {
        guard format == "text" else { return try JSONOutput.text(ReleaseInfoDocument(release, sizes: sizes)) }
        return ReleaseInfoText(release: release, sizes: sizes, showsPullSpecs: pullspecs, showsCommits: commits).text()
    }

    private func compare(_ other: String, _ library: ReleaseLibrary, _ session: Session) async throws -> String {
        let new = try await library.inspect(try await library.find(release))
        let old = try await library.inspect(try await library.find(other))
        var sizes: ReleaseDifferenceReport.Sizes?
        if size {
            sizes = ReleaseDifferenceReport.Sizes(
                old: try await Self.images(of: old, library, session),
                new: try await Self.images(of: new, library, session)
            )
        }
        let report = ReleaseDifferenceReport(comparison: ReleaseComparison(from: old, to: new), sizes: sizes)
        return try format == "text" ? report.text() : report.json()
    }

    private static func pullSpec(of name: String, in release: ReleaseInspection) throws -> String {
        guard let component = release.payload.components.first(where: { $0.name == name }) else {
            let near = release.payload.components.map(\.name).filter { $0.contains(name) || name.contains($0) }
            let hint = near.isEmpty ? "" : "; there is \(near.prefix(10).joined(separator: ", "))"
            throw FerryError(
                "release \(release.payload.version) (\(release.pullSpec)) has no image \"\(PrintableText.of(name))\"\(hint)"
            )
        }
        return "\(component.reference)\n"
    }

    /// Opens all images of a release.
    private static func images(
        of release: ReleaseInspection,
        _ library: ReleaseLibrary,
        _ session: Session
    ) async throws -> [ComponentImage] {
        let components = release.payload.components
        let images = try library.components(of: release)
        session.progress.report(.phaseStarted(title: "Reading the manifests of \(release.payload.version)"))
        defer { session.progress.report(.phaseEnded) }
        session.progress.report(.totals(ProgressTotals(images: components.count)))
        return try await mapConcurrently(components, width: 16) { component in
            let image = try await images.open(component)
            session.progress.report(.imageFinished(name: component.name))
            return image
        }
    }
}
