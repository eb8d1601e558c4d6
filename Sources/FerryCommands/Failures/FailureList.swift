import Foundation
import MirrorPlan
import OCIModel

/// What failed in the last run, for people, for programs and for `--retry-failed`: the content of `failures.json`.
///
/// It is there from the beginning of a run, with ``isFinished`` false, and is replaced at its end; a run in which nothing
/// failed removes it. So it is never about another run than the last.
struct FailureList: Codable, Hashable, Sendable {
    /// The version of the format.
    static let format = 1
    /// The largest file that is read, in bytes.
    private static let maximumSize = 256 << 20

    /// The version of the format of this list.
    let format: Int
    /// Whether the run came to its end; one that was broken off is continued by the same command.
    var isFinished: Bool
    /// The way, as oc-mirror names it: `mirrorToMirror`, `mirrorToDisk` or `diskToMirror`.
    let mode: String
    /// Where the run went: `docker://…`, or `media for SITE`.
    let destination: String
    /// The value of `--max-nested-paths`; nil for no limit.
    let maxNestedPaths: Int?
    /// The media set that was imported.
    let set: String?
    /// The SHA-256 of the configuration, when there was one.
    let configDigest: Digest?
    /// The SHA-256 of `lock.json`; nil when none was written, because images could not be planned.
    var lockDigest: Digest?
    /// Whether the images that did not fail are at the destination; a media set is not made of a part, unless asked for.
    var isDelivered: Bool
    /// Whether signatures and other attachments were left out.
    let removesSignatures: Bool
    /// The images that the configuration blocks.
    let blocked: [BlockedImage]
    /// The images without attachments.
    let withoutAttachments: [Digest]
    /// What failed, sorted by kind and origin.
    private(set) var failures: [FailedImage]

    /// The list of a run that begins.
    init(
        mode: String,
        destination: String,
        maxNestedPaths: Int?,
        set: String?,
        lockDigest: Digest?,
        removesSignatures: Bool,
        of run: PlannedRun
    ) {
        format = Self.format
        isFinished = false
        self.mode = mode
        self.destination = destination
        self.maxNestedPaths = maxNestedPaths
        self.set = set
        configDigest = run.fullPlan.configDigest
        self.lockDigest = lockDigest
        isDelivered = false
        self.removesSignatures = removesSignatures
        blocked = run.blocked
        withoutAttachments = run.withoutAttachments.sorted()
        failures = []
    }

    /// The list of the run at its end.
    ///
    /// - Parameters:
    ///   - failures: what failed.
    ///   - isDelivered: whether the others are at the destination.
    /// - Returns: the list.
    func ended(with failures: [FailedImage], isDelivered: Bool = true) -> FailureList {
        var list = self
        list.isFinished = true
        list.isDelivered = isDelivered
        list.failures = failures.sorted {
            ($0.kind, $0.origin.description, $0.destination ?? "") < (
                $1.kind, $1.origin.description, $1.destination ?? ""
            )
        }
        return list
    }

    /// Takes up a plan in which images have been resolved since: they are in the lock file now.
    mutating func follow(_ plan: MirrorPlan, lockDigest: Digest?) {
        self.lockDigest = lockDigest
        let images = Dictionary(grouping: plan.images) { $0.origin }
        failures = failures.flatMap { failure -> [FailedImage] in
            guard let request = failure.request else { return [failure] }
            let resolved = (images[failure.origin] ?? []).filter { image in
                image.attachedTo == nil && image.destination == request.destination
                    && image.reasons.contains(request.reason)
            }
            return resolved.isEmpty ? [failure] : resolved.map { FailedImage(failure, resolvedTo: $0) }
        }
    }

    /// Writes the list, or removes the file when nothing is to be tried again.
    ///
    /// - Throws: `FerryError` when the file cannot be written.
    func write(in directory: WorkingDirectory) async throws {
        guard !isFinished || !failures.isEmpty else { return try await LocalFiles.remove(directory.failures) }
        try await LocalFiles.write(Array(try JSONOutput.text(self).utf8), to: directory.failures)
    }

    /// The list of the last run; nil when nothing failed in it.
    ///
    /// - Throws: `FerryError` when the file is no such list, or when no run has left anything.
    static func read(in directory: WorkingDirectory) async throws -> FailureList? {
        let path = directory.failures
        return try await LocalFiles.run {
            guard FileManager.default.fileExists(atPath: path) else {
                guard FileManager.default.fileExists(atPath: directory.report) else {
                    throw FerryError(
                        "there is nothing to try again: no run has left a report in \(directory.path); name the destination "
                            + "and workspace of the run whose failures are meant"
                    )
                }
                return nil
            }
            let list: FailureList
            do {
                let bytes = try ConfigurationFile.read(path, maximum: maximumSize)
                list = try JSONDecoder().decode(FailureList.self, from: Data(bytes))
            } catch let error as FerryError {
                throw error
            } catch {
                throw FerryError("\(path) is no list of failures of ferry mirror; run it without --retry-failed")
            }
            guard list.format == format else {
                throw FerryError(
                    "\(path) has format \(list.format), and this version reads format \(format); run without --retry-failed"
                )
            }
            return list
        }
    }
}
