import Foundation
import ImageSetConfig
import ImageStorage
import Logging
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import Releases
import SemanticVersion
import TerminalProgress

/// Makes the plan of a configuration.
struct ConfigurationPlanner: Sendable {
    /// What changes the plan besides the configuration.
    struct Options: Sendable {
        /// Whether signatures and other attachments are left out.
        var removesSignatures = false
        /// Whether update paths may cross conditional updates even where another way is left.
        var includesConditional = false
    }

    let sources: any ImageSourceProvider
    let knowledge: ReleaseKnowledge
    let options: Options
    let logger: Logger
    let progress: ProgressReporter

    /// Resolves everything that a configuration asks for.
    ///
    /// - Throws: `FerryError` when a part is not supported or nothing is asked for; `CancellationError`.
    func plan(_ configuration: ImageSetConfiguration) async throws -> PlanningResult {
        try UnsupportedSections.refuse(configuration)
        let library = ManifestLibrary()
        progress.report(.phaseStarted(title: "Planning"))
        defer { progress.report(.phaseEnded) }
        var wanted = Contribution()
        if let platform = configuration.platform {
            wanted.add(try await releases(of: platform, in: configuration, library: library))
            if platform.graph {
                let graph = try graphContributor(platform, releases: wanted, library: library)
                wanted.add(try await graph.contribute(reading: sources))
            }
        }
        let images = AdditionalImageContributor(images: configuration.additionalImages)
        wanted.add(try await images.contribute(reading: sources))
        guard !wanted.requests.isEmpty || !wanted.failures.isEmpty else {
            throw FerryError("\(configuration.source.fileName) asks for no images: there is nothing to mirror")
        }
        let planner = Planner(
            sources: sources,
            options: .init(
                findsAttachments: !options.removesSignatures,
                isBlocked: { configuration.blockingPattern(for: [$0]) != nil }
            ),
            library: library
        )
        progress.report(.totals(ProgressTotals(images: wanted.requests.count)))
        let result = try await planner.plan(
            wanted,
            configDigest: try ContentHasher.digest(of: configuration.source.bytes),
            configuration: String(decoding: configuration.source.bytes, as: UTF8.self)
        ) {
            [progress] _, _ in progress.report(.imageFinished(name: ""))
        }
        result.plan.releases?.tell(logger)
        for notice in result.notices { logger.warning("\(PrintableText.of(notice))") }
        for request in result.blocked {
            logger.notice("blocked by blockedImages: \(request.origin) (\(request.reason))")
        }
        return result
    }

    /// The releases of a configuration, each checked and opened.
    ///
    /// - Throws: `FerryError` with the bit of releases when the update graph does not give them; `CancellationError`.
    private func releases(
        of platform: PlatformSection,
        in configuration: ImageSetConfiguration,
        library: ManifestLibrary
    ) async throws -> Contribution {
        var wanted: [WantedRelease] = []
        var contribution = Contribution()
        if let release = platform.release {
            wanted = [WantedRelease(pinned: release)]
        } else if !platform.channels.isEmpty {
            let selection = try await selection(platform, fileName: configuration.source.fileName)
            contribution.releases = selection.planned
            wanted = selection.releases.map { WantedRelease($0) }
        }
        guard !wanted.isEmpty else { return contribution }
        if knowledge.policy == .ignored {
            contribution.notices.append(ReleaseKnowledge.unchecked)
        }
        let contributor = ReleaseContributor(
            releases: wanted,
            platforms: platform.platforms,
            kubeVirtKeys: kubeVirtKeys(platform),
            signatures: knowledge.signatures,
            policy: knowledge.policy,
            library: library
        )
        contribution.add(try await contributor.contribute(reading: sources))
        return contribution
    }

    private func selection(_ platform: PlatformSection, fileName: String) async throws -> ReleaseSelection {
        let requests = ReleaseRequests(platform, fileName: fileName)
        do {
            return try await requests.select(
                from: knowledge.graphs,
                includesConditional: options.includesConditional,
                versionFilter: knowledge.countsVersion
            )
        } catch let error as ReleasesError {
            throw FerryError("\(error)", exitCode: ImageKind.release.exitBit)
        }
    }

    /// What asks for the graph image; it is made of a component of the newest release unless an option says otherwise.
    private func graphContributor(
        _ platform: PlatformSection,
        releases: Contribution,
        library: ManifestLibrary
    ) throws -> any PlanContributor {
        guard case .made(let graph, let transport, let directory) = knowledge.graphImage else {
            return HeldGraphImageContributor(library: library)
        }
        let environment = ProcessInfo.processInfo.environment
        return GraphImageContributor(
            data: try GraphOptions.data(explicit: graph.graphData, environment: environment),
            bases: try GraphOptions.bases(
                explicit: graph.graphBaseImage,
                environment: environment,
                releases: releases.openedReleases
            ),
            platforms: platform.platforms,
            directory: directory,
            library: library,
            transport: transport
        )
    }

    private func kubeVirtKeys(_ platform: PlatformSection) -> [String] {
        guard platform.kubeVirtContainer else { return [] }
        let selection = KubeVirtSelection(platforms: platform.platforms, architectures: platform.architectures)
        for name in selection.unsupported { logger.warning("releases have no KubeVirt image for \(name)") }
        return selection.keys
    }
}

extension Contribution {
    /// The releases with the components that are asked for.
    fileprivate var openedReleases: [(version: SemanticVersion, components: [ReleaseComponent])] {
        releases.releases.compactMap { release in
            // A version that cannot be ordered makes no newest one.
            guard let version = try? SemanticVersion(release.version) else { return nil }
            let front = "\(release.tag)-"
            let components = requests.filter { $0.kind == .releaseContent }.compactMap { request -> ReleaseComponent? in
                guard let tag = request.tags.first?.text, tag.hasPrefix(front), let digest = request.source.digest
                else {
                    return nil
                }
                return ReleaseComponent(
                    name: String(tag.dropFirst(front.count)),
                    reference: request.source,
                    digest: digest
                )
            }
            return (version, components)
        }
    }
}
