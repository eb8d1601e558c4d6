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
    }

    let sources: any ImageSourceProvider
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
        for contributor in contributors(of: configuration, library: library) {
            wanted.add(try await contributor.contribute(reading: sources))
        }
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
        for request in result.blocked {
            logger.notice("blocked by blockedImages: \(request.origin) (\(request.reason))")
        }
        return result
    }

    private func contributors(
        of configuration: ImageSetConfiguration,
        library: ManifestLibrary
    ) -> [any PlanContributor] {
        var contributors: [any PlanContributor] = []
        if let platform = configuration.platform, let release = platform.release {
            var keys: [String] = []
            if platform.kubeVirtContainer {
                let selection = KubeVirtSelection(platforms: platform.platforms, architectures: platform.architectures)
                keys = selection.keys
                for name in selection.unsupported { logger.warning("releases have no KubeVirt image for \(name)") }
            }
            contributors.append(
                PinnedReleaseContributor(
                    payload: release,
                    platforms: platform.platforms,
                    kubeVirtKeys: keys,
                    library: library
                )
            )
        }
        contributors.append(AdditionalImageContributor(images: configuration.additionalImages))
        return contributors
    }
}
