import Foundation
import HTTPTransport
import Logging
import MirrorPlan
import Releases

/// Who is asked about releases while a plan is made: the network, or the lock file of a media set.
struct ReleaseKnowledge: Sendable {
    /// Knows which releases channels have.
    let graphs: any UpdateGraphProvider
    /// Says which versions count as a channel's lowest and highest; nil for all.
    let countsVersion: (@Sendable (String) -> Bool)?
    /// Knows the signatures.
    let signatures: any ReleaseSignatureProvider
    /// What becomes of releases without a right signature.
    let policy: ReleaseSignaturePolicy
    /// Where the graph image comes from.
    let graphImage: GraphImage

    /// Where the graph image comes from.
    enum GraphImage: Sendable {
        /// It is made: of graph data that are fetched, and a base.
        case made(GraphOptions, over: HTTPTransport, in: WorkingDirectory?)
        /// It lies in the media set.
        case held
    }

    /// The update service and the stores of signatures.
    ///
    /// - Parameters:
    ///   - trust: what is asked of signatures, and where they are.
    ///   - graph: where graph data are.
    ///   - transport: reaches them.
    ///   - directory: keeps signatures that were found before; nil for none.
    ///   - logger: is told which update services are asked, and which versions count.
    /// - Returns: what asks them.
    /// - Throws: `FerryError` for variables and key files that are wrong.
    static func network(
        _ trust: ReleaseTrustOptions,
        _ graph: GraphOptions,
        over transport: HTTPTransport,
        in directory: WorkingDirectory?,
        logger: Logger
    ) async throws -> ReleaseKnowledge {
        let settings = try UpdateServiceSettings(environment: ProcessInfo.processInfo.environment)
        settings.mention(to: logger)
        return ReleaseKnowledge(
            graphs: UpdateService(transport: transport, addresses: settings.addresses),
            countsVersion: settings.countsVersion,
            signatures: try await storedSignatures(trust, over: transport, in: directory),
            policy: trust.policy,
            graphImage: .made(graph, over: transport, in: directory)
        )
    }

    /// The stores of signatures.
    ///
    /// - Parameters:
    ///   - trust: what is asked of signatures, and where they are.
    ///   - transport: reaches them.
    ///   - directory: keeps signatures that were found before; nil for none.
    /// - Returns: what asks them.
    /// - Throws: `FerryError` for variables and key files that are wrong.
    static func storedSignatures(
        _ trust: ReleaseTrustOptions,
        over transport: HTTPTransport,
        in directory: WorkingDirectory?
    ) async throws -> StoreSignatures {
        var finders: [ReleaseProduct: ReleaseSignatureFinder] = [:]
        for product in [ReleaseProduct.ocp, .okd] {
            finders[product] = try await trust.signatures.finder(
                for: product,
                transport: transport,
                kept: directory?.signatures
            )
        }
        return StoreSignatures(finders: finders, asksPayloads: !trust.signatures.namesStores())
    }

    /// What a lock file has kept; nothing is asked.
    ///
    /// - Throws: `FerryError` for key files that are wrong.
    static func kept(_ plan: MirrorPlan, _ trust: ReleaseTrustOptions) async throws -> ReleaseKnowledge {
        ReleaseKnowledge(
            graphs: LockedUpdateGraphs(plan.releases),
            countsVersion: nil,
            signatures: try await lockedSignatures(plan, trust),
            policy: trust.policy,
            graphImage: .held
        )
    }

    /// Checks again what a lock file says of the signatures of its releases, and repeats its warnings.
    ///
    /// - Returns: what the user should know besides, each a sentence.
    /// - Throws: `FerryError` with the bits of releases and of integrity when a release is refused, or for key files that
    ///   are wrong.
    static func check(_ plan: MirrorPlan, _ trust: ReleaseTrustOptions, logger: Logger) async throws -> [String] {
        var notices: [String] = []
        do {
            notices = try await lockedSignatures(plan, trust).check(plan.images, policy: trust.policy)
        } catch let error as ReleasesError {
            throw FerryError("\(error)", exitCode: ImageKind.release.exitBit | 32)
        }
        let hasReleases = plan.releases?.releases.isEmpty == false || plan.images.contains { $0.kind == .release }
        if trust.policy == .ignored, hasReleases {
            notices.append(unchecked)
        }
        plan.releases?.tell(logger)
        for notice in notices { logger.warning("\(PrintableText.of(notice))") }
        return notices
    }

    /// What is said once when nobody looks for signatures.
    static let unchecked = "the signatures of releases are not checked (--ignore-release-signature)"

    /// The signatures in a lock file, with the keys that they are checked by.
    ///
    /// - Throws: `FerryError` for key files that are wrong.
    static func lockedSignatures(_ plan: MirrorPlan, _ trust: ReleaseTrustOptions) async throws -> LockedSignatures {
        var verifiers: [ReleaseProduct: ReleaseSignatureVerifier] = [:]
        for product in [ReleaseProduct.ocp, .okd] {
            verifiers[product] = try await trust.signatures.verifier(for: product)
        }
        return LockedSignatures(plan.releases, verifiers: verifiers)
    }
}

extension PlannedReleases {
    /// Says what the user must not forget.
    func tell(_ logger: Logger) {
        for warning in warnings { logger.warning("\(PrintableText.of(warning))") }
        for update in conditionalUpdates { logger.warning("\(PrintableText.of(update.warning))") }
    }
}

extension PlannedReleases.ConditionalUpdate {
    /// What a person should know of it: the update, and each risk with its message and address.
    var warning: String {
        let risks = risks.map { "\($0.name): \($0.message) \($0.url)" }.joined(separator: "; ")
        return
            "the update from \(from) to \(to) in \(channel) (\(architecture)) is recommended only to clusters that are "
            + "not exposed to its risks: \(risks)"
    }
}
