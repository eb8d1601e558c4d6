import ArgumentParser
import Foundation
import ImageSetConfig
import ImageStorage
import Logging
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// What is to be mirrored: a configuration, or a lock file.
struct PlanInputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The image-set configuration.")
    var config: String?

    @Option(help: "A lock file: do exactly what it says, even if tags have moved since.")
    var lock: String?

    @Flag(help: "Leave out signatures and everything else that is attached to images.")
    var removeSignatures = false

    @Flag(
        name: .customLong("include-conditional"),
        help: "Let update paths cross conditional updates (those with known risks) even where another way is left."
    )
    var includesConditional = false

    @OptionGroup
    var trust: ReleaseTrustOptions

    @OptionGroup
    var graph: GraphOptions

    /// Whether either was named.
    var isGiven: Bool { config != nil || lock != nil }

    /// Finds mistakes in the configuration before anything is made or asked for; ``plan`` gives its warnings.
    ///
    /// - Throws: `FerryError` with every diagnostic.
    func check() throws {
        guard let config, lock == nil else { return }
        _ = try ConfigurationFile.load(config, logger: Logger(label: "ferry.check") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Makes the plan, or reads it.
    ///
    /// - Parameters:
    ///   - session: what to work with.
    ///   - directory: where small blobs that planning reads are kept; nil for nowhere.
    ///   - set: the media set that is planned from, without the network; nil to plan from registries.
    ///   - checksLock: whether the signatures in a lock file are checked again; only who carries nothing out may do without.
    /// - Returns: the plan, and the configuration it was made from.
    /// - Throws: `FerryError`; `MirrorPlanError.invalidLock`; `CancellationError`.
    func plan(
        _ session: Session,
        in directory: WorkingDirectory? = nil,
        from set: OpenedSet? = nil,
        checksLock: Bool = true
    ) async throws -> PlannedRun {
        switch (config, lock) {
        case (let config?, nil):
            let configuration = try ConfigurationFile.load(config, logger: session.logger)
            let knowledge =
                if let set { try await ReleaseKnowledge.kept(set.plan, trust) } else {
                    try await ReleaseKnowledge.network(
                        trust,
                        graph,
                        over: session.transport,
                        in: directory,
                        logger: session.logger
                    )
                }
            let planner = ConfigurationPlanner(
                sources: set ?? session.cachedSources(in: directory, keeps: true),
                knowledge: knowledge,
                options: .init(removesSignatures: removeSignatures, includesConditional: includesConditional),
                logger: session.logger,
                progress: session.progress
            )
            return PlannedRun(try await planner.plan(configuration), configuration: configuration)
        case (_, let lock?):
            let plan = try LockFile.read(lock)
            let notices = checksLock ? try await ReleaseKnowledge.check(plan, trust, logger: session.logger) : []
            // The text in the lock file goes before another file, so that the same lock gives the same set.
            let configuration =
                try plan.configuration.map { try ConfigurationFile.load(text: $0, name: "\(lock) (configuration)") }
                ?? config.map { try ConfigurationFile.load($0, logger: session.logger) }
            return PlannedRun(plan: withoutAttachmentsIfAsked(plan), notices: notices, configuration: configuration)
        case (nil, nil):
            throw FerryError("say what to mirror: --config FILE (an image-set configuration) or --lock FILE")
        }
    }

    /// A plan that was made before, without signatures and the like when the flag says so.
    func withoutAttachmentsIfAsked(_ plan: MirrorPlan) -> MirrorPlan {
        removeSignatures ? plan.dropping { $0.attachedTo != nil } : plan
    }
}
