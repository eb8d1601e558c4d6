import FerryTestSupport
import ImageStorage
import MirrorPlan
import NIOCore
import OCIModel
import Synchronization
import Testing

@testable import TransferEngine

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

/// Counts reads of a store, and gives wrong or no bytes for some blobs.
private final class Meddling: ForwardingSource {
    let upstream: any ImageSource
    let wrong: Set<Digest>
    let gone: Set<Digest>
    let reads = Mutex<[Digest: Int]>([:])

    init(_ store: MemoryStore, wrong: Set<Digest> = [], gone: Set<Digest> = []) {
        upstream = store
        self.wrong = wrong
        self.gone = gone
    }

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        reads.withLock { $0[blob.digest, default: 0] += 1 }
        if gone.contains(blob.digest) {
            throw ImageStorageError(.blobNotFound, subject: blob.digest, message: "blob \(blob.digest) is gone")
        }
        if wrong.contains(blob.digest) {
            return try await body(BlobStream(ByteBuffer(repeating: 0, count: Int(blob.size))))
        }
        return try await upstream.withBlob(blob, in: repository, from: offset, body)
    }
}

@Suite("Transfer engine")
struct TransferEngineTests {
    let source = MemoryStore()
    let target = MemoryStore()
    let path: RepositoryPath
    let images: SyntheticImages

    init() throws {
        path = try RepositoryPath("acme/tool")
        images = SyntheticImages(in: source)
    }

    private func plan(_ origins: [(origin: String, destination: String, tag: String)]) async throws -> PlanningResult {
        let requests = try origins.enumerated().map { index, item in
            let reference = try ImageReference(item.origin)
            return ImageRequest(
                origin: reference,
                source: reference,
                destination: try RepositoryPath(item.destination),
                tags: [try Tag(item.tag)],
                kind: .additional,
                reason: .additionalImage(index: index, line: nil)
            )
        }
        return try await Planner(sources: SingleSource(source), options: .init())
            .plan(Contribution(requests: requests), configDigest: nil)
    }

    private func run(
        _ planned: PlanningResult,
        from meddling: Meddling? = nil,
        to other: MemoryStore? = nil
    ) async throws -> TransferResult {
        let engine = TransferEngine(
            sources: SingleSource(meddling ?? Meddling(source)),
            library: planned.library,
            options: .init(),
            observer: Silence()
        )
        return try await engine.run(planned.plan, to: TransferDestination(other ?? target))
    }

    @Test func everythingArrivesAndIsReadBack() async throws {
        let amd = try await images.image(layers: [[1], [2]], in: path)
        let arm = try await images.image(layers: [[1], [3]], in: path, architecture: "arm64")
        let index = try await images.index(of: [(amd, "amd64"), (arm, "arm64")], tag: "v1", in: path)
        try await images.image(layers: [[7]], tag: "sha256-\(index.digest.hex).sig", in: path)
        let bill = try await images.image(layers: [[9]], in: path, subject: amd)
        let planned = try await plan([("quay.io/acme/tool:v1", "mirror/tool", "v1")])
        let result = try await run(planned)
        #expect(result.images.allSatisfy { $0.failure == nil })
        let there = try RepositoryPath("mirror/tool")
        #expect(try await target.readBack(.tag(Tag("v1")), in: there) == index.digest)
        #expect(try await target.readBack(.digest(arm.digest), in: there) == arm.digest)
        #expect(try await target.referrers(of: amd.digest, in: there).map(\.digest) == [bill.digest])
        #expect(try await target.tags(in: there).contains { $0.text.hasSuffix(".sig") })
    }

    @Test func aRerunMovesNothingAndAsksTheSourceForNoBlob() async throws {
        try await images.image(layers: [[1], [2]], tag: "v1", in: path)
        let planned = try await plan([("quay.io/acme/tool:v1", "t", "v1")])
        _ = try await run(planned)
        let meddling = Meddling(source)
        let again = try await run(planned, from: meddling)
        #expect(again.traffic.imagesPresent == 1)
        #expect(again.traffic.bytesMoved == 0)
        #expect(meddling.reads.withLock { $0.isEmpty })
    }

    @Test func sharedLayersAreReadOnceAndMountedElsewhere() async throws {
        let base = SyntheticImages.bytes(100_000, seed: 1)
        try await images.image(layers: [base, [2]], tag: "v1", in: path)
        try await images.image(layers: [base, [3]], tag: "v2", in: path)
        let planned = try await plan([("quay.io/acme/tool:v1", "one", "v1"), ("quay.io/acme/tool:v2", "two", "v2")])
        let meddling = Meddling(source)
        let result = try await run(planned, from: meddling)
        #expect(result.images.allSatisfy { $0.failure == nil })
        #expect(meddling.reads.withLock { $0.values.allSatisfy { $0 == 1 } })
        #expect(result.traffic.blobsMoved == planned.plan.blobs.count)
        #expect(result.traffic.blobsMounted == 2, "the base layer and the equal config")
    }

    @Test(arguments: [true, false])
    func wrongOrMissingBytesFailThatImageOnlyAndLeaveNoTag(isWrong: Bool) async throws {
        let bad = try await images.image(layers: [SyntheticImages.bytes(5000, seed: 4)], tag: "bad", in: path)
        let good = try await images.image(layers: [SyntheticImages.bytes(5000, seed: 5)], tag: "good", in: path)
        let layer = try #require(bad.manifest.blobs.last).digest
        let planned = try await plan([("quay.io/acme/tool:bad", "t", "bad"), ("quay.io/acme/tool:good", "t", "good")])
        let meddling = isWrong ? Meddling(source, wrong: [layer]) : Meddling(source, gone: [layer])
        let result = try await run(planned, from: meddling)
        let failed = result.images.filter { $0.failure != nil }
        #expect(failed.map(\.image.digest) == [bad.digest])
        #expect(failed.first?.failure?.isIntegrity == isWrong)
        let there = try RepositoryPath("t")
        #expect(try await target.tags(in: there).map(\.text) == ["good"])
        #expect(try await target.readBack(.digest(good.digest), in: there) == good.digest)
        #expect(try await target.containsBlob(#require(bad.manifest.blobs.last), in: there) == false)
    }

    @Test func aSparseListIsRefusedWithTheReasonByAStrictTargetAndTakenByAnOpenOne() async throws {
        let amd = try await images.image(layers: [[1]], in: path)
        let arm = try await images.image(layers: [[2]], in: path, architecture: "arm64")
        try await images.index(of: [(amd, "amd64"), (arm, "arm64")], tag: "v1", in: path)
        let reference = try ImageReference("quay.io/acme/tool:v1")
        let planned = try await Planner(sources: SingleSource(source), options: .init()).plan(
            Contribution(requests: [
                ImageRequest(
                    origin: reference,
                    source: reference,
                    destination: path,
                    tags: [try Tag("v1")],
                    kind: .additional,
                    reason: .additionalImage(index: 0, line: nil),
                    platforms: [try Platform("linux/amd64")]
                )
            ]),
            configDigest: nil
        )
        let refused = try await run(planned)
        #expect(refused.images.first?.failure?.message.contains("does not take a list") == true)
        #expect(try await target.tags(in: path).isEmpty)
        let taken = try await run(planned, to: MemoryStore(acceptsSparseIndexes: true))
        #expect(taken.images.first?.failure == nil)
    }

    @Test func aMovedTagAtTheTargetIsNoticedAndPutRight() async throws {
        let right = try await images.image(layers: [[1]], tag: "v1", in: path)
        let planned = try await plan([("quay.io/acme/tool:v1", "t", "v1")])
        _ = try await run(planned)
        let there = try RepositoryPath("t")
        try await SyntheticImages(in: target).image(layers: [[66]], tag: "v1", in: there)
        let verifier = TargetVerifier(target: target, reader: nil, width: 4, observer: Silence())
        #expect(try await verifier.verify(planned.plan) { $0 }.images.first?.failure?.isIntegrity == true)
        _ = try await run(planned)
        #expect(try await target.readBack(.tag(Tag("v1")), in: there) == right.digest)
        #expect(try await verifier.verify(planned.plan) { $0 }.images.first?.failure == nil)
    }

    @Test func aLockFileThatLeavesOutABlobFailsTheImageInsteadOfLosingIt() async throws {
        let image = try await images.image(layers: [[1], [2]], tag: "v1", in: path)
        let planned = try await plan([("quay.io/acme/tool:v1", "t", "v1")])
        let text = String(decoding: try planned.plan.lockFile(), as: UTF8.self)
        let config = try #require(image.manifest.blobs.first).digest
        let listed = try #require(text.ranges(of: "\"\(config)\",").last)
        var shortened = text
        shortened.removeSubrange(listed)
        #expect(shortened != text)
        let lock = try MirrorPlan(lockFile: Array(shortened.utf8), name: "lock.json")
        let engine = TransferEngine(
            sources: SingleSource(source),
            library: ManifestLibrary(),
            options: .init(),
            observer: Silence()
        )
        let result = try await engine.run(lock, to: TransferDestination(target))
        #expect(result.images.first?.failure?.message.contains("other contents") == true)
        #expect(try await target.tags(in: RepositoryPath("t")).isEmpty)
    }

    @Test func anImageDoesNotFailBecauseItsTwinsRegistryIsGone() async throws {
        let image = try await images.image(layers: [[1]], tag: "v1", in: path)
        let copy = try RepositoryPath("other/tool")
        try await images.image(layers: [[1]], tag: "v1", in: copy)
        let planned = try await plan([("quay.io/acme/tool:v1", "a", "v1"), ("quay.io/other/tool:v1", "b", "v1")])
        let half = MemoryStore()
        try await SyntheticImages(in: half).image(layers: [[1]], tag: "v1", in: copy)
        let engine = TransferEngine(
            sources: SingleSource(half),
            library: ManifestLibrary(),
            options: .init(),
            observer: Silence()
        )
        let result = try await engine.run(planned.plan, to: TransferDestination(target))
        #expect(result.images.allSatisfy { $0.failure == nil })
        #expect(try await target.readBack(.tag(Tag("v1")), in: RepositoryPath("b")) == image.digest)
    }

    @Test func aSignatureThatIsWantedForItselfDoesNotFailWithItsImage() async throws {
        let bad = try await images.image(layers: [SyntheticImages.bytes(5000, seed: 4)], tag: "bad", in: path)
        let tag = "sha256-\(bad.digest.hex).sig"
        let signature = try await images.image(layers: [[7]], tag: tag, in: path)
        let planned = try await plan([("quay.io/acme/tool:bad", "t", "bad"), ("quay.io/acme/tool:\(tag)", "t", tag)])
        let layer = try #require(bad.manifest.blobs.last).digest
        let result = try await run(planned, from: Meddling(source, gone: [layer]))
        let failed = result.images.filter { $0.failure != nil }
        #expect(failed.map(\.image.digest) == [bad.digest])
        #expect(try await target.readBack(.tag(Tag(tag)), in: RepositoryPath("t")) == signature.digest)
    }
}
