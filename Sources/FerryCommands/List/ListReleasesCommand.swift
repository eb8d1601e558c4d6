import ArgumentParser
import Foundation
import ImageStorage
import OCIModel
import Releases
import SemanticVersion

/// Lists releases: which versions there are, which a channel has, which channels there are, how to update.
struct ListReleasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "releases",
        abstract: "List release versions, the releases of a channel, or the path of an update.",
        usage: """
            ferry list releases
            ferry list releases --version 4.18 [--channels]
            ferry list releases --channel stable-4.18 [--filter-by-archs amd64,arm64]
            ferry list releases --channel stable-4.18 --path 4.17.3 4.18.9
            """,
        discussion: """
            Asks the update service; UPDATE_URL_OVERRIDE (for OKD: OKD_UPDATE_URL_OVERRIDE) names another one. Without a \
            version or channel the tags of a repository of releases are listed.
            """
    )

    /// The architectures that releases are made for.
    static let knownArchitectures = ["amd64", "arm64", "multi", "ppc64le", "s390x"]

    @Option(help: "The version, X.Y; alone it means the channel stable-X.Y.")
    var version: String?

    @Option(help: "The channel, such as stable-4.18.")
    var channel: String?

    @Flag(help: "List the channels that the releases of --version are in.")
    var channels = false

    @Option(help: "The architectures, joined by commas: amd64, arm64, ppc64le, s390x, multi.")
    var filterByArchs = "amd64"

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Show the update path from one version to another in the channel.", valueName: "from> <to")
    )
    var path: [String] = []

    @Flag(
        name: .customLong("include-conditional"),
        help: "Let the path cross conditional updates (those with known risks) even where another way is left."
    )
    var includesConditional = false

    @Option(help: "The repository whose tags are listed when neither version nor channel is named.")
    var repository: String?

    @Flag(help: "The same as --type okd.")
    var okd = false

    @Option(help: "ocp or okd")
    var type = ReleaseProduct.ocp.rawValue

    @Option(name: .customLong("output"), help: "text or json")
    var format = "text"

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var outputOptions: OutputOptions

    @OptionGroup
    var legacy: LegacyOptions

    func validate() throws {
        guard ReleaseProduct(rawValue: type) != nil else {
            throw ValidationError("--type must be ocp or okd, not \"\(type)\"")
        }
        guard ["text", "json"].contains(format) else {
            throw ValidationError("--output must be text or json, not \"\(format)\"")
        }
        if product == .ocp, channel == nil, let version, !Self.isMinor(version) {
            throw ValidationError("--version takes two numbers, such as 4.18, not \"\(version)\"")
        }
        if channels, version == nil { throw ValidationError("must specify --version with --channels") }
        let unknown = architectures.filter { !Self.knownArchitectures.contains($0) }
        guard unknown.isEmpty, !architectures.isEmpty else {
            throw ValidationError(
                "invalid architecture(s) [\(unknown.joined(separator: " "))]. Known architectures: "
                    + "[\(Self.knownArchitectures.joined(separator: " "))]"
            )
        }
        try validatePath()
    }

    private static func isMinor(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { UInt64($0) != nil }
    }

    private func validatePath() throws {
        guard !path.isEmpty else { return }
        guard path.count == 2 else {
            throw ValidationError("--path takes two versions: the one to update from and the one to update to")
        }
        guard !channels else { throw ValidationError("--path and --channels are two different lists") }
        guard channel != nil || version != nil else { throw ValidationError("--path needs --channel") }
    }

    func run() async throws {
        let ends = try path.map { text in
            do {
                return try SemanticVersion(text)
            } catch {
                throw FerryError("--path: \(error)")
            }
        }
        let text = try await Session.run(connection, outputOptions, readsSources: true) { session in
            try legacy.mention(to: session.logger)
            guard let channel = try chosenChannel else { return try await listVersions(session) }
            let settings = try UpdateServiceSettings(environment: ProcessInfo.processInfo.environment)
            let lister = ChannelLister(
                graphs: UpdateService(transport: session.transport, addresses: settings.addresses),
                channel: channel,
                product: product,
                architectures: architectures,
                isJSON: format == "json"
            )
            if let from = ends.first, let to = ends.last {
                return try await lister.path(from: from, to: to, includesConditional: includesConditional)
            }
            if channels { return try await lister.channels(version: version ?? "") }
            return try await lister.versions(version: version)
        }
        print(text.output, terminator: "")
        if let failure = text.failure { throw failure }
    }

    private var product: ReleaseProduct { okd ? .okd : ReleaseProduct(rawValue: type) ?? .ocp }

    private var architectures: [String] {
        var seen: Set<String> = []
        return filterByArchs.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    private var chosenChannel: String? {
        get throws {
            if let channel { return channel }
            guard let version else { return nil }
            guard product == .ocp else {
                throw FerryError("channels of OKD are not named by version: say --channel, such as 4-stable")
            }
            return "stable-\(version)"
        }
    }

    /// The minor versions of a repository's tags.
    private func listVersions(_ session: Session) async throws -> ListedText {
        guard product == .ocp || repository != nil else {
            throw FerryError("say --channel, such as 4-stable, or --repository with the tags to list")
        }
        let reference = try ImageReference(repository ?? "quay.io/openshift-release-dev/ocp-release")
        let source = try session.cachedSources(in: nil, keeps: false).source(for: reference.repository.registry)
        let tags = try await source.tags(in: reference.repository.path)
        let versions = ReleaseVersions.minors(of: tags).map(\.description)
        guard !versions.isEmpty else {
            throw FerryError("\(reference.repository) has no tag of a release (it has \(tags.count) tags)")
        }
        if format == "json" { return ListedText(try JSONOutput.text(["versions": versions])) }
        let title =
            product == .okd
            ? "Available OKD release versions:" : "Available OpenShift Container Platform release versions:"
        return ListedText(([title] + versions.map { "  \($0)" }).joined(separator: "\n") + "\n")
    }
}

/// What a list came to, and what is missing from it.
struct ListedText: Sendable {
    /// What goes to stdout.
    let output: String
    /// What went wrong with a part of it.
    let failure: FerryError?

    /// Joins the two.
    init(_ output: String, failure: FerryError? = nil) {
        self.output = PrintableText.of(output)
        self.failure = failure
    }
}
