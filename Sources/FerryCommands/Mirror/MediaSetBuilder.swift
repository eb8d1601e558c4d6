import Foundation
import ImageSetConfig
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// Turns a plan into the content of a media set.
struct MediaSetBuilder: Sendable {
    private let run: PlannedRun
    private var sequence: Int
    private let volumeSize: VolumeSize

    /// Looks the sequence number up: the same set gets the number that it had, so that it is found again.
    ///
    /// - Throws: `MediaSetError`; `FerryError` for a bad `archiveSize`.
    init(run: PlannedRun, folder: String, destinationName: String, volumeSize: VolumeSize?) async throws {
        self.run = run
        let lock = try ContentHasher.digest(of: try run.plan.lockFile())
        let history = try await LocalFiles.run { try SetHistory(folder: folder, destination: destinationName) }
        sequence = history.nextSequence
        self.volumeSize = try Self.volumeSize(volumeSize, run.configuration)
        // The same lock makes another set when the volume size or the configuration beside it differs.
        for record in history.records where record.lockDigest == lock {
            sequence = record.sequence
            if try layout().set == record.set { return }
        }
        sequence = history.nextSequence
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
        try SetLayout.plan(content(), volumeSize: volumeSize)
    }

    private func content() throws -> SetContent {
        let plan = run.plan
        let index = PlanIndex(plan)
        var resources = [SetContent.Resource(path: HistoryRecord.lockPath, bytes: try plan.lockFile())]
        if let configuration = run.configuration {
            resources.append(SetContent.Resource(path: "ferry/imageset.yaml", bytes: configuration.source.bytes))
        }
        return SetContent(
            sequence: sequence,
            images: try Self.images(of: plan),
            blobs: try Self.order(plan, index: index),
            resources: resources,
            configDigest: plan.configDigest,
            modificationTime: Self.modificationTime()
        )
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
