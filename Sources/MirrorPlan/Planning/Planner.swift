import DispatchLanes
package import ImageStorage
package import OCIModel
import Synchronization

/// What planning gives: the plan, the manifests it read, and what could not or must not be planned.
package struct PlanningResult: Sendable {
    /// The plan.
    package let plan: MirrorPlan
    /// The manifests that were read.
    package let library: ManifestLibrary
    /// The images that cannot be mirrored.
    package let failures: [PlanFailure]
    /// The requests that a blocking pattern takes out.
    package let blocked: [ImageRequest]
    /// The digests of images for which nothing attached was found; empty when attachments are not looked for.
    package let withoutAttachments: Set<Digest>
    /// What the user should know and the plan does not keep, each a sentence.
    package let notices: [String]
}

/// Turns requests into a plan: resolves, reads all manifests, finds attachments, merges.
package struct Planner: Sendable {
    /// How to plan.
    package struct Options: Sendable {
        /// Whether signatures and everything else attached is planned too.
        package var findsAttachments: Bool
        /// How many images are resolved at the same time, at least 1.
        package var parallelImages: Int
        /// Says which references (without transport) are blocked.
        package var isBlocked: @Sendable (String) -> Bool

        /// Sets all options; the defaults block nothing and find attachments.
        package init(
            findsAttachments: Bool = true,
            parallelImages: Int = 32,
            isBlocked: @escaping @Sendable (String) -> Bool = { _ in false }
        ) {
            self.findsAttachments = findsAttachments
            self.parallelImages = max(1, parallelImages)
            self.isBlocked = isBlocked
        }
    }

    private let sources: any ImageSourceProvider
    private let options: Options
    private let library: ManifestLibrary

    /// Makes a planner that reads from the given sources.
    package init(sources: any ImageSourceProvider, options: Options, library: ManifestLibrary = ManifestLibrary()) {
        self.sources = sources
        self.options = options
        self.library = library
    }

    /// Makes the plan.
    ///
    /// An image that cannot be resolved becomes a failure of the result; the others are planned.
    ///
    /// - Parameters:
    ///   - contribution: what is wanted.
    ///   - configDigest: the digest of the configuration.
    ///   - configuration: its text.
    ///   - progress: called after each image with the number done and the number wanted.
    /// - Returns: the plan and what is not in it.
    /// - Throws: `CancellationError`; `MirrorPlanError.destinationCollision`, `.tooLarge`.
    package func plan(
        _ contribution: Contribution,
        configDigest: Digest?,
        configuration: String? = nil,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> PlanningResult {
        let blocked = contribution.requests.filter { isBlocked($0) }
        let wanted = contribution.requests.filter { !isBlocked($0) }
        var assembly = PlanAssembly()
        var failures = contribution.failures
        var withoutAttachments: Set<Digest> = []
        for outcome in try await resolveAll(wanted, progress: progress) {
            switch outcome {
            case .success(let image):
                assembly.add(image)
                if options.findsAttachments, image.attachments.isEmpty {
                    withoutAttachments.insert(image.resolved.root.digest)
                }
            case .failure(let failure): failures.append(failure)
            }
        }
        let plan = assembly.plan(
            configDigest: configDigest,
            configuration: configuration,
            releases: contribution.releases
        )
        try plan.checkSums()
        try CollisionCheck.check(plan.images) { $0 }
        return PlanningResult(
            plan: plan,
            library: library,
            failures: failures,
            blocked: blocked,
            withoutAttachments: withoutAttachments,
            notices: contribution.notices
        )
    }

    private func isBlocked(_ request: ImageRequest) -> Bool {
        options.isBlocked(request.origin.description)
            || request.tags.contains { options.isBlocked("\(request.destination):\($0)") }
    }

    private func resolveAll(
        _ requests: [ImageRequest],
        progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> [Result<ResolvedRequest, PlanFailure>] {
        let done = Mutex(0)
        return try await mapConcurrently(requests, width: options.parallelImages) { request in
            let outcome = try await WorkSubject.$current.withValue(WorkSubject(image: request.origin)) {
                try await resolve(request)
            }
            progress(
                done.withLock { count in
                    count += 1
                    return count
                },
                requests.count
            )
            return outcome
        }
    }

    private func resolve(_ request: ImageRequest) async throws -> Result<ResolvedRequest, PlanFailure> {
        do {
            let source = try sources.source(for: request.source.repository.registry)
            let resolver = ImageResolver(library: library)
            let resolved = try await resolver.resolve(request.source, platforms: request.platforms, from: source)
            var attachments: [AttachmentFinder.Found] = []
            if options.findsAttachments {
                attachments = try await AttachmentFinder(resolver: resolver).find(
                    for: resolved.manifests.map(\.digest),
                    in: request.source.repository,
                    from: source
                )
            }
            return .success(ResolvedRequest(request: request, resolved: resolved, attachments: attachments))
        } catch {
            // A request that was cut off by a cancellation is no failure of the image.
            try Task.checkCancellation()
            return .failure(
                PlanFailure(
                    origin: request.origin,
                    kind: request.kind,
                    reason: request.reason,
                    cause: error,
                    request: request
                )
            )
        }
    }
}
