import Foundation
import ImageSetConfig
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// Turns a plan into the content of a media set.
struct MediaSetBuilder: Sendable {
    /// The set that was made of the same wishes before, when it is built on: then nothing is new.
    ///
    /// One that was followed by a set of other wishes does not count: that has taken its place at the site.
    let twin: HistoryRecord?

    private let run: PlannedRun
    private let destinationName: String
    private let volumeSize: VolumeSize
    private let lockFile: [UInt8]
    private let planDigest: Digest
    private let lacking: Set<Digest>
    private var sequence: Int
    private var base: SetBase
    /// The layout of a set that was made before, once it was found.
    private var known: SetLayout?

    /// Looks at the history: the same set gets the number that it had, so that it is found again.
    ///
    /// When a set of other wishes was made since, it gets a new number: imports take the newest.
    ///
    /// - Parameters:
    ///   - run: what is wanted.
    ///   - folder: the media folder.
    ///   - destinationName: whose history it is.
    ///   - volumeSize: the limit that was asked for.
    ///   - selection: which earlier sets are built on.
    ///   - repair: what a site lacks, when the set is to bring just that.
    /// - Throws: `MediaSetError`; `FerryError` for a bad `archiveSize`.
    init(
        run: PlannedRun,
        folder: String,
        destinationName: String,
        volumeSize: VolumeSize?,
        selection: BaseSelection,
        repair: RepairRequest? = nil
    ) async throws {
        self.run = run
        self.destinationName = destinationName
        lacking = Set(repair?.missing.map(\.digest) ?? [])
        lockFile = try run.plan.lockFile()
        let lock = try ContentHasher.digest(of: lockFile)
        planDigest = try run.plan.wishes()
        let site = try await LocalFiles.run {
            try SiteRecords(folder: folder, destination: destinationName, for: selection.kind)
        }
        self.volumeSize = try Self.volumeSize(volumeSize, run.configuration)
        let wishes = planDigest
        // Whatever was made after another state of the site is not what it has now.
        let current = site.history.records.reversed().prefix { $0.planDigest == wishes }
        twin = SetBase.common(selection.registries(of: site, before: .max)).last { current.contains($0) }
        try repair?.check(against: run.plan)
        sequence = site.history.nextSequence
        base = try SetBase([])
        // The same lock makes another set when the volume size or what it builds on differs.
        for record in current.reversed() where record.lockDigest == lock {
            sequence = record.sequence
            base = try Self.base(selection, site, before: sequence)
            let made = try SetLayout.plan(content(), volumeSize: self.volumeSize)
            if made.set == record.set {
                known = made
                return
            }
        }
        sequence = site.history.nextSequence
        base = try Self.base(selection, site, before: sequence)
    }

    /// What a set with a certain number builds on.
    ///
    /// - Throws: `OCIModelError`.
    private static func base(
        _ selection: BaseSelection,
        _ site: SiteRecords,
        before sequence: Int
    ) throws -> SetBase {
        try SetBase(
            selection.registries(of: site, before: sequence),
            carried: site.history.carried(before: sequence)
        )
    }

    /// The limit on volumes: as asked for, else `archiveSize`, else 500 GiB.
    ///
    /// - Throws: `MediaSetError.invalidVolumeSize`.
    static func volumeSize(_ asked: VolumeSize?, _ configuration: ImageSetConfiguration?) throws -> VolumeSize {
        try asked ?? configuration?.archiveSizeGiB.map { try VolumeSize(gibibytes: $0) } ?? .standard
    }

    /// Where every byte of the set goes.
    ///
    /// - Throws: `MediaSetError`; `OCIModelError` for sizes out of range.
    func layout() throws -> SetLayout {
        try known ?? SetLayout.plan(content(), volumeSize: volumeSize)
    }

    private func content() throws -> SetContent {
        let plan = run.plan
        let index = PlanIndex(plan)
        var resources = [SetContent.Resource(path: HistoryRecord.lockPath, bytes: lockFile)]
        if let configuration = run.configuration {
            resources.append(SetContent.Resource(path: "ferry/imageset.yaml", bytes: configuration.source.bytes))
        }
        let repositories = Self.repositories(of: plan, index: index)
        let requires = requires(plan, repositories: repositories)
        let used = Set(requires.values)
        return SetContent(
            sequence: sequence,
            destination: destinationName == SetHistory.defaultDestination ? nil : destinationName,
            base: requires.isEmpty ? nil : base.latest,
            images: try Self.images(of: plan),
            blobs: try Self.order(plan, index: index).filter { requires[$0.digest] == nil },
            requires: requires,
            inventories: base.inventories.filter { used.contains($0.key) },
            resources: resources,
            configDigest: plan.configDigest,
            planDigest: planDigest,
            repositories: repositories,
            modificationTime: Self.modificationTime()
        )
    }

    /// The blobs that are left out, with the sets that carried them; manifests always come along, they are small.
    private func requires(_ plan: MirrorPlan, repositories: [RepositoryPath: [Digest]]) -> [Digest: SetIdentifier] {
        var needed: [Digest: [RepositoryPath]] = [:]
        for (repository, digests) in repositories {
            for digest in digests { needed[digest, default: []].append(repository) }
        }
        // An import of a part of the set looks into payloads offline.
        let index = PlanIndex(plan)
        let payloads = plan.images.filter { $0.kind == .release && $0.attachedTo == nil }
        let alwaysCarried = Set(payloads.flatMap { index.closure(of: $0.digest) }.flatMap(\.blobs))
            .filter { (index.blobs[$0]?.size ?? 0) <= PlanningCache.maximumBlobSize }
        var requires: [Digest: SetIdentifier] = [:]
        for blob in plan.blobs {
            if lacking.contains(blob.digest) || alwaysCarried.contains(blob.digest) { continue }
            requires[blob.digest] = base.carrier(of: blob.digest, neededIn: needed[blob.digest] ?? [])
        }
        return requires
    }

    /// What each repository must hold.
    private static func repositories(of plan: MirrorPlan, index: PlanIndex) -> [RepositoryPath: [Digest]] {
        var repositories: [RepositoryPath: [Digest]] = [:]
        for image in plan.images {
            for manifest in index.closure(of: image.digest) {
                repositories[image.destination, default: []] += manifest.blobs + [manifest.digest]
            }
        }
        return repositories.mapValues { Set($0).sorted() }
    }

    /// All manifests first, for they are read first; then the blobs, image by image.
    private static func order(_ plan: MirrorPlan, index: PlanIndex) throws -> [Descriptor] {
        var seen: Set<Digest> = []
        var order: [Descriptor] = []
        let closures = plan.images.map { index.closure(of: $0.digest) }
        for manifest in closures.joined() where seen.insert(manifest.digest).inserted {
            order.append(try manifest.descriptor())
        }
        for digest in closures.joined().flatMap(\.blobs) where seen.insert(digest).inserted {
            if let blob = index.blobs[digest] { order.append(try blob.descriptor()) }
        }
        return order
    }

    /// The images of a plan as a set manifest has them.
    ///
    /// - Throws: `OCIModelError` for sizes out of range.
    static func images(of plan: MirrorPlan) throws -> [SetImage] {
        let index = PlanIndex(plan)
        return try plan.images.compactMap { try image($0, index: index) }
    }

    private static func image(_ image: PlannedImage, index: PlanIndex) throws -> SetImage? {
        guard let root = index.manifests[image.digest] else { return nil }
        return SetImage(
            origin: image.origin.description,
            source: image.source.description,
            destination: image.destination,
            tags: image.tags,
            manifest: try root.descriptor(),
            kind: image.attachment?.rawValue ?? image.kind.rawValue,
            reasons: image.reasons.map(\.text),
            platform: image.platforms.count == 1 ? image.platforms.first : nil,
            omitted: Set(index.closure(of: image.digest).flatMap(\.omitted)).sorted()
        )
    }

    /// `SOURCE_DATE_EPOCH` when it is set to a number, else 0 (https://reproducible-builds.org/specs/source-date-epoch/).
    private static func modificationTime() -> Int64 {
        ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }.map { max(0, min($0, 1 << 33)) }
            ?? 0
    }
}
