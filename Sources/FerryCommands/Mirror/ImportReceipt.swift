import Foundation
import Logging
import MediaSet
import MirrorPlan
import OCIModel

/// Writes the receipt of a set that is at a registry, whole.
struct ImportReceipt: Sendable {
    let directory: WorkingDirectory
    let target: TargetNamespace
    let logger: Logger

    /// Writes the receipt, unless the import took a part of the set only.
    ///
    /// - Parameters:
    ///   - set: the set.
    ///   - plan: what was imported, every image of it verified.
    /// - Throws: `FerryError` when the file cannot be written; `OpenSSLError`.
    func write(for set: OpenedSet, imported plan: MirrorPlan) async throws {
        guard Self.isWhole(plan, of: set.plan) else {
            logger.notice("a part of the set was imported, so no receipt is written")
            return
        }
        let receipt = receipt(for: set)
        let path = try path(of: receipt)
        try await LocalFiles.write(try receipt.file(), to: path)
        logger.notice("the receipt for the connected side is \(path)")
    }

    /// Whether an import of the whole set is to be proven blob by blob: as long as there is no receipt of it.
    ///
    /// - Throws: `OpenSSLError`.
    func isOwed(for set: OpenedSet, importing plan: MirrorPlan) async throws -> Bool {
        guard Self.isWhole(plan, of: set.plan) else { return false }
        let path = try path(of: receipt(for: set))
        return try await LocalFiles.run { !FileManager.default.fileExists(atPath: path) }
    }

    private func path(of receipt: Receipt) throws -> String { "\(directory.path)/receipt_\(try receipt.fileName())" }

    private func receipt(for set: OpenedSet) -> Receipt {
        Receipt(
            set: set.reader.set,
            sequence: set.reader.manifest.sequence,
            lockDigest: set.lockDigest,
            target: "\(target)",
            images: set.plan.images.map(\.digest)
        )
    }

    /// Whether a plan delivers every image of another under all its names, with everything below it.
    static func isWhole(_ plan: MirrorPlan, of whole: MirrorPlan) -> Bool {
        Set(plan.images.flatMap(Delivery.all)).isSuperset(of: whole.images.flatMap(Delivery.all))
            && Set(plan.manifests.map(Node.init)).isSuperset(of: whole.manifests.map(Node.init))
    }

    private struct Delivery: Hashable {
        let destination: RepositoryPath
        let tag: Tag?
        let digest: Digest

        static func all(of image: PlannedImage) -> [Delivery] {
            let tags: [Tag?] = image.tags.isEmpty ? [nil] : image.tags
            return tags.map { Delivery(destination: image.destination, tag: $0, digest: image.digest) }
        }
    }

    /// A manifest with the children that are delivered; a filter on platforms leaves some out.
    private struct Node: Hashable {
        let digest: Digest
        let children: Set<Digest>

        init(_ manifest: PlannedManifest) {
            digest = manifest.digest
            children = Set(manifest.children)
        }
    }
}
