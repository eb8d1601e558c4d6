import Foundation
import Logging
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// What a run leaves in the working directory until all that its lock file says is done.
///
/// The next run with the same configuration carries that lock file out, instead of resolving tags that may have moved
/// meanwhile: what is on the disk or at the target then still fits.
struct UnfinishedRun: Codable, Hashable, Sendable {
    /// What must be the same for a run to go on where another one stopped.
    struct Conditions: Codable, Hashable, Sendable {
        /// The SHA-256 of the configuration.
        let configDigest: Digest?
        /// Whether attachments are left out.
        let removesSignatures: Bool
        /// Whether update paths may cross conditional updates even where another way is left.
        let includesConditional: Bool
        /// Whether signatures of releases are looked for.
        let checksReleases: Bool
        /// The graph data that were named; nil for none.
        var graphData: String?
        /// The base of the graph image that was named; nil for none.
        var graphBaseImage: String?
    }

    /// The version of the format.
    let format: Int
    /// What the run was asked for.
    let conditions: Conditions
    /// The SHA-256 of the lock file that it carries out.
    let lockDigest: Digest
    /// The images that the configuration blocks; the lock file does not have them.
    let blocked: [BlockedImage]
    /// Images without any attachment.
    let withoutAttachments: [Digest]

    private static let format = 1
    /// Blocked images are named in it, so it may be long, but not without bound.
    private static let maximumSize = 64 << 20

    /// Describes a run that is about to begin.
    ///
    /// - Parameters:
    ///   - run: what was planned; every image of it.
    ///   - conditions: what was asked for.
    /// - Throws: `OpenSSLError`; `EncodingError`, which does not happen for plans.
    init(_ run: PlannedRun, conditions: Conditions) throws {
        format = Self.format
        self.conditions = conditions
        lockDigest = try ContentHasher.digest(of: try run.plan.lockFile())
        blocked = run.blocked
        withoutAttachments = run.withoutAttachments.sorted()
    }

    /// Remembers the run, until ``forget(in:)``.
    ///
    /// - Throws: `FerryError` when the file cannot be written.
    func remember(in directory: WorkingDirectory) async throws {
        try await LocalFiles.write(Array(try JSONOutput.text(self).utf8), to: directory.unfinished)
    }

    /// Forgets the run that a working directory remembers.
    ///
    /// - Throws: `FerryError` when the file cannot be removed.
    static func forget(in directory: WorkingDirectory) async throws {
        try await LocalFiles.remove(directory.unfinished)
    }

    /// The run that was not finished, with its plan; nil when there is none, or when its files are not what they were.
    static func find(in directory: WorkingDirectory, logger: Logger) async -> (run: UnfinishedRun, plan: MirrorPlan)? {
        do {
            return try await LocalFiles.run {
                guard FileManager.default.fileExists(atPath: directory.unfinished) else { return nil }
                let bytes = try ConfigurationFile.read(directory.unfinished, maximum: maximumSize)
                let run = try JSONDecoder().decode(UnfinishedRun.self, from: Data(bytes))
                let lock = try ConfigurationFile.read(directory.lock, maximum: LockFile.maximumBytes)
                guard run.format == format, try ContentHasher.digest(of: lock) == run.lockDigest else { return nil }
                return (run, try MirrorPlan(lockFile: lock, name: directory.lock))
            }
        } catch {
            // Planning anew is always right; it only may fetch more.
            logger.debug("the run before cannot be continued: \(error)")
            return nil
        }
    }
}

/// An image that the configuration blocks.
struct BlockedImage: Codable, Hashable, Sendable {
    /// The reference that was wanted.
    let origin: ImageReference
    /// The kind.
    let kind: ImageKind
    /// Why it was wanted.
    let reason: Reason

    /// Takes what matters of a request.
    init(_ request: ImageRequest) {
        origin = request.origin
        kind = request.kind
        reason = request.reason
    }
}
