import DispatchLanes
import Foundation
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import RegistryClient
import TransferEngine

/// Shows a plan: as a table, as data, and as the files of a dry run.
struct PlanPresentation: Sendable {
    let run: PlannedRun
    let destination: PlanDestination
    let directory: WorkingDirectory
    let session: Session
    let volumeSize: VolumeSize?
    let destinationName: String
    let selection: BaseSelection

    /// The plan as data.
    private struct Document: Encodable {
        let plan: PlanSummary
        let failures: [Failure]
        let releases: [Release]
        let conditionalUpdates: [PlannedReleases.ConditionalUpdate]
        let warnings: [String]
        let lock: String
        let lockDigest: Digest
        let volumes: Int?
        let mediaBytes: Int64?
        /// The paths that `--max-nested-paths` changes; absent without a limit.
        let shortenedPaths: [NestedPathPreview.Entry]?

        struct Release: Encodable {
            let version: String
            let architecture: String
            let digest: Digest
            let tag: Tag
            let isSigned: Bool
        }

        struct Failure: Encodable {
            let origin: ImageReference
            let reason: Reason
            let message: String
        }
    }

    /// The table for people.
    ///
    /// - Throws: `MediaSetError` when the plan fits no volume.
    func text() async throws -> String {
        var text = PlanText(PlanSummary(run.plan))
        let volumeLimit = try MediaSetBuilder.volumeSize(volumeSize, run.configuration)
        if case .media(let folder) = destination, !run.plan.images.isEmpty {
            let builder = try await builder(in: folder)
            if let twin = builder.twin {
                text.lines[0] = ("Fetch", "nothing")
                text.lines.append(("Media", "no volume: nothing is new since set \(twin.set), number \(twin.sequence)"))
            } else {
                try await describe(try builder.layout(), in: folder, limit: volumeLimit, &text)
            }
        }
        if run.failures.isEmpty {
            let lock = try ContentHasher.digest(of: try run.plan.lockFile())
            text.lines.append(("Lock", "\(directory.lock)  \(lock)"))
        } else {
            text.lines.append(("Lock", "none, because \(Self.images(run.failures.count)) cannot be mirrored"))
        }
        for failure in run.failures {
            text.lines.append(("Failed", "\(failure.origin) (\(failure.reason)): \(failure.cause)"))
        }
        describeReleases(&text)
        if !run.blocked.isEmpty { text.lines.append(("Blocked", "\(Self.images(run.blocked.count)) by blockedImages")) }
        if !run.withoutAttachments.isEmpty {
            let count = run.withoutAttachments.count
            let verb = count == 1 ? "has" : "have"
            text.lines.append(("Unsigned", "\(Self.images(count)) \(verb) no signature or other attachment"))
        }
        if let preview = try shortenedPaths() { text.lines += preview.lines }
        return text.rendered()
    }

    private static func images(_ count: Int) -> String { "\(count) image\(count == 1 ? "" : "s")" }

    /// Adds what is known of signatures and of updates with risks.
    private func describeReleases(_ text: inout PlanText) {
        guard let known = run.plan.releases else { return }
        let signed = known.releases.count(where: \.isSigned)
        if !known.releases.isEmpty {
            let signature = run.checksReleases ? "checked signature" : "signature that is not checked"
            text.lines.append(("Releases", "\(signed) of \(known.releases.count) with a \(signature)"))
        }
        for warning in run.warnings { text.lines.append(("Warning", warning)) }
        for update in known.conditionalUpdates { text.lines.append(("Risk", update.warning)) }
    }

    /// Adds what a new set would bring, and its volumes.
    private func describe(
        _ layout: SetLayout,
        in folder: String,
        limit volumeLimit: VolumeSize,
        _ text: inout PlanText
    ) async throws {
        let requires = layout.content.requires
        if !requires.isEmpty {
            let known = Self.holders(Set(requires.values), inventories: Set(layout.content.inventories.keys))
            let blobs = run.plan.blobs.filter { requires[$0.digest] == nil }
            let bytes = ByteSize.text(blobs.reduce(0) { $0 + $1.size })
            text.lines[0] = ("Fetch", "\(bytes) in \(blobs.count) blobs (\(requires.count) already in \(known))")
        }
        let count = layout.volumes.count
        let limit = volumeLimit.limit == nil ? "" : " of at most \(volumeLimit)"
        let free = try await LocalFiles.run { try FreeSpace.nearest(to: folder) }
        text.lines.append(
            (
                "Media",
                "\(count) volume\(count == 1 ? "" : "s")\(limit), \(ByteSize.text(layout.totalSize))"
                    + "       Free here \(ByteSize.text(free))"
            )
        )
    }

    /// The sets and inventories that say that something is there already.
    private static func holders(_ ids: Set<SetIdentifier>, inventories: Set<SetIdentifier>) -> String {
        let sets = ids.subtracting(inventories).sorted().map { "\($0)" }.joined(separator: ", ")
        let found = ids.intersection(inventories).sorted().map { "\($0)" }.joined(separator: ", ")
        return [sets.isEmpty ? "" : "set \(sets)", found.isEmpty ? "" : "inventory \(found)"]
            .filter { !$0.isEmpty }.joined(separator: " and ")
    }

    /// The same as JSON with sorted keys.
    ///
    /// - Throws: `MediaSetError` when the plan fits no volume.
    func json() async throws -> String {
        var volumes: (count: Int, bytes: Int64)?
        if case .media(let folder) = destination, !run.plan.images.isEmpty {
            let builder = try await builder(in: folder)
            let layout = builder.twin == nil ? try builder.layout() : nil
            volumes = (layout?.volumes.count ?? 0, layout?.totalSize ?? 0)
        }
        let known = run.plan.releases ?? PlannedReleases()
        let document = Document(
            plan: PlanSummary(run.plan),
            failures: run.failures.map {
                Document.Failure(origin: $0.origin, reason: $0.reason, message: "\($0.cause)")
            },
            releases: known.releases.map {
                Document.Release(
                    version: $0.version,
                    architecture: $0.architecture,
                    digest: $0.digest,
                    tag: $0.tag,
                    isSigned: $0.isSigned && run.checksReleases
                )
            },
            conditionalUpdates: known.conditionalUpdates,
            warnings: run.warnings,
            lock: directory.lock,
            lockDigest: try ContentHasher.digest(of: try run.plan.lockFile()),
            volumes: volumes?.count,
            mediaBytes: volumes?.bytes,
            shortenedPaths: try shortenedPaths()?.entries
        )
        return try JSONOutput.text(document)
    }

    /// What `--max-nested-paths` makes of the destinations; nil without a limit.
    private func shortenedPaths() throws -> NestedPathPreview? {
        guard case .registry(let target) = destination, target.maxNestedPaths != nil else { return nil }
        return try NestedPathPreview(run.plan, at: target)
    }

    /// Writes `mapping.txt`: where each image goes.
    ///
    /// - Throws: `FerryError`; `MirrorPlanError`.
    func writeDestinations() async throws {
        try await LocalFiles.write(
            try MappingFile.lines(run.plan.images, destination: place),
            to: directory.dryRun + "/mapping.txt"
        )
    }

    /// Writes `mapping.txt` and, when the target lacks images, `missing.txt`.
    ///
    /// - Throws: `FerryError`; `MirrorPlanError`; what asking the target throws.
    func writeMapping() async throws {
        let images = run.plan.images
        try await writeDestinations()
        let missing = try await missingImages()
        try await LocalFiles.write(
            try MappingFile.lines(missing, destination: place),
            to: directory.dryRun + "/missing.txt"
        )
        session.logger.notice(
            "\(directory.dryRun)/mapping.txt: \(images.count) images, \(missing.count) of them missing there"
        )
    }

    /// The bits of what cannot be mirrored.
    func exitCode() -> Int32 { run.failures.exitCode }

    private func place(_ repository: RepositoryPath) throws -> String {
        switch destination {
        case .media, .none: "file://\(repository)"
        case .registry(let target): "docker://\(target.registry)/\(try target.repository(for: repository))"
        }
    }

    private func builder(in folder: String) async throws -> MediaSetBuilder {
        try await MediaSetBuilder(
            run: run,
            folder: folder,
            destinationName: destinationName,
            volumeSize: volumeSize,
            selection: selection
        )
    }

    /// What is not at the registry under its tag, or in no set that was made before.
    private func missingImages() async throws -> [PlannedImage] {
        switch destination {
        case .none: return run.plan.images
        case .media(let folder):
            let name = destinationName
            let carried = try await LocalFiles.run { try SetHistory(folder: folder, destination: name).carried() }
            return run.plan.images.filter { carried[$0.digest] == nil }
        case .registry(let target):
            let client = session.targets.client(for: target.registry)
            try await client.ping()
            let answers = try await mapConcurrently(run.plan.images, width: 16) { image in
                try await isHeld(image, by: client, in: try target.repository(for: image.destination))
            }
            return zip(run.plan.images, answers).filter { !$1 }.map(\.0)
        }
    }

    /// Whether a registry has an image under all its tags; one that does not answer for a repository, as some do for those
    /// that do not exist, is taken not to have it.
    private func isHeld(
        _ image: PlannedImage,
        by client: RegistryClient,
        in repository: RepositoryPath
    ) async throws -> Bool {
        let references = image.tags.isEmpty ? [.digest(image.digest)] : image.tags.map { ManifestReference.tag($0) }
        do {
            for reference in references
            where try await client.manifestDigest(reference, in: repository) != image.digest { return false }
            return true
        } catch {
            try Task.checkCancellation()
            session.logger.debug("\(repository) could not be looked at: \(error)")
            return false
        }
    }
}
