import Foundation
import ImageSetConfig
import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// Where a run's list of failures is, and what it is about.
struct FailurePlace: Sendable {
    /// The way, as oc-mirror names it.
    let mode: String
    /// `docker://…`, or `media for SITE`.
    let destination: String
    /// The value of `--max-nested-paths`; nil for no limit.
    let maxNestedPaths: Int?
    /// The media set that is imported; nil for none.
    let set: String?
    /// The folder that has the list.
    let directory: WorkingDirectory

    /// The place of a run to media.
    init(mediaFor site: String, in directory: WorkingDirectory) {
        mode = "mirrorToDisk"
        destination = "media for \(site)"
        maxNestedPaths = nil
        set = nil
        self.directory = directory
    }

    /// The place of one target.
    init(_ target: MirrorTarget, of set: OpenedSet?) {
        mode = set == nil ? "mirrorToMirror" : "diskToMirror"
        destination = "docker://\(target.namespace)"
        maxNestedPaths = target.namespace.maxNestedPaths
        self.set = set.map { "\($0.reader.set)" }
        directory = target.directory
    }

    /// Makes sure that a list is of this place and that its run was finished.
    ///
    /// - Throws: `FerryError` that says what differs.
    func check(_ list: FailureList) throws {
        let path = directory.failures
        guard list.isFinished else {
            throw FerryError(
                "the last run did not come to its end, so \(path) does not tell what failed: run the same command without "
                    + "--retry-failed, it goes on where that run stopped"
            )
        }
        guard list.mode == mode, list.destination == destination, list.maxNestedPaths == maxNestedPaths else {
            let limit = list.maxNestedPaths.map { " with --max-nested-paths \($0)" } ?? ""
            throw FerryError(
                "\(path) is of a run to \(PrintableText.of(list.destination)) (\(PrintableText.of(list.mode)))\(limit), and "
                    + "this one goes to \(destination) (\(mode)): name the same destination, or run without --retry-failed"
            )
        }
        if let set, list.set != set {
            throw FerryError(
                "\(path) is of an import of media set \(PrintableText.of(list.set ?? "?")), and this one is of \(set): name "
                    + "that set with --set, or run without --retry-failed"
            )
        }
    }
}

extension MirrorRun {
    /// What failed in the last run, ready to be tried again.
    ///
    /// Tags are not resolved again: the lock file that the run wrote is carried out, but for the images whose tags could
    /// not be resolved then.
    ///
    /// - Parameters:
    ///   - places: where the lists of failures are, one for each target.
    ///   - directory: where the lock file is.
    ///   - set: the media set that is read; nil to read registries.
    /// - Returns: the run; nil when nothing failed.
    /// - Throws: `FerryError` when the lists are of something else, or not to be had; as the planner.
    func retried(
        _ places: [FailurePlace],
        in directory: WorkingDirectory,
        from set: OpenedSet? = nil
    ) async throws -> PlannedRun? {
        guard let (list, selection) = try await retrySelection(places) else {
            session.logger.notice("nothing failed in the last run: there is nothing to try again")
            return nil
        }
        let locked = try await lockedPlan(of: list, in: directory)
        let configuration = try retriedConfiguration(of: list, locked)
        let resolved = try await resolve(selection.requests, list, in: directory, from: set)
        let whole = try locked.joined(
            with: resolved?.plan ?? MirrorPlan(configDigest: nil, images: [], manifests: [], blobs: [])
        )
        let part = selection.plan(of: whole, resolved: resolved?.plan.images ?? [])
        if let set { try Self.check(part, isIn: set) }
        let notices = try await ReleaseKnowledge.check(whole, command.input.trust, logger: session.logger)
        let count = selection.keys.count + selection.requests.count
        session.logger.notice(
            selection.isAll
                ? "the last run delivered nothing, so all of its \(whole.images.count) images are tried again"
                : "trying again \(count) image\(count == 1 ? "" : "s") that failed in the last run"
        )
        // A media set is about everything that its site is to have; what earlier sets carried is left out of it anyway.
        let isPart = list.mode != "mirrorToDisk" && !selection.isAll
        return PlannedRun(
            retrying: isPart ? part : whole,
            of: isPart ? whole : nil,
            list,
            resolved: resolved,
            notices: notices,
            configuration: configuration
        )
    }

    private func retrySelection(_ places: [FailurePlace]) async throws -> (FailureList, RetrySelection)? {
        var lists: [FailureList] = []
        for place in places {
            guard let list = try await FailureList.read(in: place.directory) else { continue }
            try place.check(list)
            guard lists.isEmpty || lists[0].lockDigest == list.lockDigest else {
                throw FerryError("the destinations failed in different runs: retry them one by one")
            }
            lists.append(list)
        }
        return try lists.first.map { ($0, try RetrySelection(lists)) }
    }

    private func lockedPlan(of list: FailureList, in directory: WorkingDirectory) async throws -> MirrorPlan {
        guard let digest = list.lockDigest else {
            throw FerryError(
                "the last run wrote no lock file, because images could not be planned, and delivered nothing: run the same "
                    + "command without --retry-failed"
            )
        }
        let plan = try await LocalFiles.run {
            let bytes = try ConfigurationFile.read(directory.lock, maximum: LockFile.maximumBytes)
            guard try ContentHasher.digest(of: bytes) == digest else {
                throw FerryError(
                    "\(directory.lock) is no longer that of the run that failed (ferry plan or a dry run has replaced it): run "
                        + "the same command without --retry-failed"
                )
            }
            return try MirrorPlan(lockFile: bytes, name: directory.lock)
        }
        try await GeneratedContent(in: directory).check(plan)
        return plan
    }

    private func retriedConfiguration(of list: FailureList, _ plan: MirrorPlan) throws -> ImageSetConfiguration? {
        if let path = command.input.config {
            let bytes = try ConfigurationFile.read(path, maximum: ImageSetConfiguration.maximumFileBytes)
            guard try ContentHasher.digest(of: bytes) == list.configDigest else {
                throw FerryError(
                    "\(path) is not the configuration of the run that failed, or has changed since: run without "
                        + "--retry-failed to mirror what it asks for now"
                )
            }
            return try ConfigurationFile.load(path, logger: session.logger)
        }
        return try plan.configuration.map { try ConfigurationFile.load(text: $0, name: "lock.json (configuration)") }
    }

    private func resolve(
        _ requests: [ImageRequest],
        _ list: FailureList,
        in directory: WorkingDirectory,
        from set: OpenedSet?
    ) async throws -> PlanningResult? {
        guard !requests.isEmpty else { return nil }
        let planner = Planner(
            sources: set ?? session.cachedSources(in: directory, keeps: true),
            options: .init(findsAttachments: !list.removesSignatures)
        )
        return try await planner.plan(Contribution(requests: requests), configDigest: nil)
    }

    private static func check(_ part: MirrorPlan, isIn set: OpenedSet) throws {
        let held = Set(set.plan.images.map(FailedImage.Key.init))
        guard let stranger = part.images.first(where: { !held.contains(FailedImage.Key($0)) }) else { return }
        throw FerryError(
            "media set \(set.reader.set) does not have \(stranger.origin), which failed in the last run: name the set that "
                + "was imported then with --set, or run without --retry-failed"
        )
    }

    /// The list of failures of this run, before anything has failed.
    ///
    /// - Throws: `OpenSSLError`; `EncodingError`, which does not happen for plans.
    func failureList(_ run: PlannedRun, at place: FailurePlace) throws -> FailureList {
        FailureList(
            mode: place.mode,
            destination: place.destination,
            maxNestedPaths: place.maxNestedPaths,
            set: place.set,
            lockDigest: try ContentHasher.digest(of: try run.fullPlan.lockFile()),
            removesSignatures: command.input.removeSignatures,
            of: run
        )
    }

    /// Says in the files that a run is under way, so that nobody takes the failures of the one before for its own.
    ///
    /// A retry leaves what failed in its place until it knows better: when it is broken off, it can be begun again.
    ///
    /// - Throws: `FerryError` when a file cannot be written.
    func beginFailures(_ run: PlannedRun, at places: [FailurePlace], in directory: WorkingDirectory) async throws {
        for place in places {
            let fresh = try failureList(run, at: place)
            guard command.retryFailed else {
                try await fresh.write(in: place.directory)
                continue
            }
            guard var list = try await FailureList.read(in: place.directory) else { continue }
            list.follow(run.fullPlan, lockDigest: fresh.lockDigest)
            try await list.write(in: place.directory)
        }
        // Of an earlier run with one target, and not with several.
        if places.allSatisfy({ $0.directory.path != directory.path }) {
            try await LocalFiles.remove(directory.failures)
        }
    }
}
