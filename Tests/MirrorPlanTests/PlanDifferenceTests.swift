import FerryTestSupport
import ImageStorage
import MirrorPlan
import OCIModel
import Testing

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

@Suite("Differences of plans")
struct PlanDifferenceTests {
    let store = MemoryStore()
    let path: RepositoryPath
    let images: SyntheticImages

    init() throws {
        path = try RepositoryPath("acme/tool")
        images = SyntheticImages(in: store)
    }

    private func plan(
        _ tags: [String],
        platforms: [String] = [],
        to destination: String? = nil
    ) async throws
        -> MirrorPlan
    {
        let requests = try tags.map { tag in
            let reference = try ImageReference("quay.io/acme/tool:\(tag)")
            return ImageRequest(
                origin: reference,
                source: reference,
                destination: try destination.map { try RepositoryPath($0) } ?? path,
                tags: [try Tag(tag)],
                kind: .additional,
                reason: .additionalImage(index: 0, line: 3),
                platforms: try platforms.map { try Platform($0) }
            )
        }
        return try await Planner(sources: SingleSource(store), options: .init())
            .plan(Contribution(requests: requests), configDigest: nil).plan
    }

    @Test func aPlanDoesNotDifferFromItself() async throws {
        try await images.image(layers: [[1]], tag: "v1", in: path)
        let plan = try await plan(["v1"])
        #expect(PlanDifference(from: plan, to: plan).isEmpty)
    }

    @Test func imagesComeGoAndChangeAndOnlyWhatIsNotSharedCounts() async throws {
        let shared = SyntheticImages.bytes(5000, seed: 1)
        let (oldLayer, newLayer) = (SyntheticImages.bytes(70, seed: 2), SyntheticImages.bytes(900, seed: 3))
        try await images.image(layers: [[1]], tag: "stays", in: path)
        let gone = try await images.image(layers: [shared, [2]], tag: "gone", in: path)
        let was = try await images.image(layers: [shared, oldLayer], tag: "moves", in: path)
        let old = try await plan(["stays", "gone", "moves"])
        let now = try await images.image(layers: [shared, newLayer], tag: "moves", in: path)
        let added = try await images.image(layers: [shared, [3, 3]], tag: "added", in: path)
        let new = try await plan(["added", "stays", "moves"])

        let difference = PlanDifference(from: old, to: new)
        #expect(difference.added.map(\.digest) == [added.digest])
        #expect(difference.added.first?.tag?.text == "added")
        #expect(difference.added.first?.origin.description == "quay.io/acme/tool")
        #expect(difference.removed.map(\.digest) == [gone.digest])
        #expect(difference.changed.map(\.oldDigest) == [was.digest])
        #expect(difference.changed.map(\.image.digest) == [now.digest])
        // The shared layer and the config, which is the same for all, are no news.
        #expect(difference.gained.blobs == 2)
        #expect(difference.gained.manifests == 2)
        #expect(difference.gained.bytes == 900 + 2 + now.size + added.size)
        #expect(difference.dropped.blobs == 2)
        #expect(difference.dropped.bytes == 70 + 1 + was.size + gone.size)

        let back = PlanDifference(from: new, to: old)
        #expect(back.gained == difference.dropped && back.dropped == difference.gained)
        #expect(back.added == difference.removed && back.removed == difference.added)
    }

    @Test func anotherDestinationIsAnotherImageOfTheSameContent() async throws {
        try await images.image(layers: [[1]], tag: "v1", in: path)
        let difference = PlanDifference(from: try await plan(["v1"]), to: try await plan(["v1"], to: "moved"))
        #expect(difference.added.map(\.destination.text) == ["moved"])
        #expect(difference.removed.map(\.destination.text) == ["acme/tool"])
        #expect(difference.gained.isEmpty && difference.dropped.isEmpty && !difference.isEmpty)
    }

    @Test func onePlatformMoreIsADifferenceThoughTheDigestStays() async throws {
        let amd = try await images.image(layers: [[1]], in: path)
        let arm = try await images.image(layers: [[2, 2]], in: path, architecture: "arm64")
        try await images.index(of: [(amd, "amd64"), (arm, "arm64")], tag: "v1", in: path)
        let difference = PlanDifference(
            from: try await plan(["v1"], platforms: ["linux/amd64"]),
            to: try await plan(["v1"])
        )
        #expect(difference.added.isEmpty && difference.changed.isEmpty && difference.removed.isEmpty)
        #expect(!difference.isEmpty)
        #expect(difference.gained.manifests == 1 && difference.gained.blobs == 2)
        #expect(difference.dropped.isEmpty)
    }

    @Test func referrersHaveNoTagAndComeAndGo() async throws {
        let image = try await images.image(layers: [[1]], tag: "v1", in: path)
        let old = try await plan(["v1"])
        let bill = try await images.image(layers: [[9]], in: path, subject: image)
        let difference = PlanDifference(from: old, to: try await plan(["v1"]))
        #expect(difference.added.map(\.digest) == [bill.digest])
        #expect(difference.added.map(\.tag) == [nil])
        #expect(difference.changed.isEmpty && difference.removed.isEmpty)
    }
}
