import ImageSetConfig
import ImageStorage
import Logging
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import Releases
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
            contribution.releases =
                contribution.releases
                + PlannedReleases(warnings: ["the signatures of releases are not checked (--ignore-release-signature)"])
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

    private func kubeVirtKeys(_ platform: PlatformSection) -> [String] {
        guard platform.kubeVirtContainer else { return [] }
        let selection = KubeVirtSelection(platforms: platform.platforms, architectures: platform.architectures)
        for name in selection.unsupported { logger.warning("releases have no KubeVirt image for \(name)") }
        return selection.keys
    }
}
