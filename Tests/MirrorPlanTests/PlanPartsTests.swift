import FerryTestSupport
import MirrorPlan
import OCIModel
import Testing

private typealias Tag = OCIModel.Tag

@Suite("Parts of plans") struct PlanPartsTests {
    /// Images in repositories of their own; the last one is attached to the first.
    private func plan(_ seeds: [UInt64], attached: Bool = false) throws -> MirrorPlan {
        var images: [PlannedImage] = []
        var manifests: [PlannedManifest] = []
        var blobs: [Digest: PlannedBlob] = [:]
        for seed in seeds {
            let image = try TestImage(seed: seed)
            let isAttached = attached && seed == seeds.last
            let subject = isAttached ? images.first : nil
            let path = try subject?.destination ?? RepositoryPath("team/app\(seed)")
            let repository = Repository(registry: try RegistryName("quay.io"), path: path)
            images.append(
                PlannedImage(
                    origin: ImageReference(repository: repository, digest: image.manifest.digest),
                    source: repository,
                    digest: image.manifest.digest,
                    destination: path,
                    tags: [try Tag("v\(seed)")],
                    kind: .additional,
                    reasons: [Reason("additionalImages: [\(seed)]")],
                    attachment: isAttached ? .signature : nil,
                    attachedTo: subject?.digest
                )
            )
            manifests.append(PlannedManifest(image.manifest, children: [], platform: nil))
            for blob in image.blobs {
                blobs[blob.descriptor.digest] = PlannedBlob(
                    digest: blob.descriptor.digest,
                    size: blob.descriptor.size,
                    mediaType: blob.descriptor.mediaType,
                    sources: [repository]
                )
            }
        }
        return MirrorPlan(configDigest: nil, images: images, manifests: manifests, blobs: Array(blobs.values))
    }

    @Test("an image is kept with what it needs, an attachment with what it is attached to")
    func keeping() throws {
        let whole = try plan([1, 2, 3], attached: true)
        let second = try #require(whole.images.first { $0.tags == [try Tag("v2")] })
        let part = whole.keeping { $0 == second }
        #expect(part.images == [second])
        #expect(part.manifests.map(\.digest) == [second.digest])
        #expect(part.blobs.count == 3)

        let signature = try #require(whole.images.first { $0.attachedTo != nil })
        let both = whole.keeping { $0 == signature }
        #expect(both.images.count == 2)
        #expect(both.images.contains { $0.digest == signature.attachedTo })
        #expect(whole.keeping { _ in true } == whole)
        #expect(whole.keeping { _ in false }.images.isEmpty)
    }

    @Test("parts joined are the whole, in whatever order; what does not go together is refused")
    func joining() throws {
        let whole = try plan([1, 2, 3])
        let first = whole.keeping { $0.tags.first?.text == "v1" }
        let rest = whole.keeping { $0.tags.first?.text != "v1" }
        #expect(try first.joined(with: rest) == whole)
        #expect(try rest.joined(with: first) == whole)
        #expect(try whole.joined(with: rest) == whole)
        let image = try #require(first.images.first)
        let other = PlannedImage(
            origin: image.origin,
            source: image.source,
            digest: try #require(rest.images.first).digest,
            destination: image.destination,
            tags: image.tags,
            kind: .additional,
            reasons: image.reasons
        )
        let clash = MirrorPlan(configDigest: nil, images: [other], manifests: rest.manifests, blobs: rest.blobs)
        let error = #expect(throws: MirrorPlanError.self) { try first.joined(with: clash) }
        #expect(error?.code == .destinationCollision)
    }
}
