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

/// Opens once, for all who wait at it.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// What a registry says.
private struct ForeignFailure: ContentFailure {
    let kind: ContentFailureKind
    let description: String
}

/// A target with a spoilt way of taking blobs.
private struct SpoiltTarget: ImageTarget {
    let store = MemoryStore()
    var sharesBlobs: Bool { false }
    /// Called before a blob is looked for.
    var beforeLooking: @Sendable () async throws -> Void = {}
    /// Called with each chunk.
    var onChunk: @Sendable () async throws -> Void = {}
    /// Called when a manifest is stored.
    var onManifest: @Sendable () -> Void = {}

    func containsBlob(_ blob: Descriptor, in repository: RepositoryPath) async throws -> Bool {
        try await beforeLooking()
        return try await store.containsBlob(blob, in: repository)
    }

    func mountBlob(_ blob: Descriptor, from: RepositoryPath, to: RepositoryPath) async throws -> Bool {
        try await (store as any ImageTarget).mountBlob(blob, from: from, to: to)
    }

    func writeBlob(_ blob: Descriptor, to repository: RepositoryPath, from source: BlobOpener) async throws {
        let onChunk = onChunk
        let slowed = BlobOpener { offset, body in
            try await source.withStream(from: offset) { stream in
                try await body(
                    BlobStream {
                        try await onChunk()
                        return try await stream.next()
                    }
                )
            }
        }
        try await store.writeBlob(blob, to: repository, from: slowed)
    }

    func writeManifest(_ document: ManifestDocument, to repository: RepositoryPath, tag: Tag?) async throws {
        try await store.writeManifest(document, to: repository, tag: tag)
        onManifest()
    }

    func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        try await store.readBack(reference, in: repository)
    }
}

/// Gives blobs in small chunks and counts the openings.
private final class ChunkedSource: ForwardingSource {
    let upstream: any ImageSource
    let openings = Mutex<[Digest: Int]>([:])

    init(_ store: MemoryStore) { upstream = store }

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        openings.withLock { $0[blob.digest, default: 0] += 1 }
        return try await upstream.withBlob(blob, in: repository, from: offset) { stream in
            let rest = SingleConsumer(ByteBuffer())
            let small = BlobStream {
                if rest.value.readableBytes == 0, let next = try await stream.next() { rest.value = next }
                guard rest.value.readableBytes > 0 else { return nil }
                return rest.value.readSlice(length: min(1000, rest.value.readableBytes))
            }
            return try await body(small)
        }
    }
}

@Suite("Transfer engine with several targets")
struct SeveralTargetsTests {
    private let source = MemoryStore()
    private let path: RepositoryPath

    init() throws { path = try RepositoryPath("acme/tool") }

    /// A plan of some images of two layers each.
    private func plan(_ count: Int) async throws -> PlanningResult {
        let images = SyntheticImages(in: source)
        var requests: [ImageRequest] = []
        for number in 0..<count {
            let layers = (0..<2).map { SyntheticImages.bytes(20_000, seed: UInt64(number * 2 + $0 + 1)) }
            try await images.image(layers: layers, tag: "v\(number)", in: path)
            let reference = try ImageReference("quay.io/acme/tool:v\(number)")
            requests.append(
                ImageRequest(
                    origin: reference,
                    source: reference,
                    destination: path,
                    tags: [try Tag("v\(number)")],
                    kind: .additional,
                    reason: .additionalImage(index: number, line: nil)
                )
            )
        }
        return try await Planner(sources: SingleSource(source), options: .init())
            .plan(Contribution(requests: requests), configDigest: nil)
    }

    private func run(
        _ planned: PlanningResult,
        from source: ChunkedSource,
        to targets: [any ImageTarget],
        bulk: Int = 4,
        patience: Duration = .seconds(60)
    ) async throws -> [TransferResult] {
        let engine = TransferEngine(
            sources: SingleSource(source),
            library: planned.library,
            options: .init(limits: .init(bulk: bulk, small: 4), patience: patience),
            observer: Silence()
        )
        let destinations = targets.enumerated().map { TransferDestination($1, store: "store \($0)") }
        return try await engine.carryOut(try await engine.survey(planned.plan, at: destinations))
    }

    @Test func eachBlobIsReadOnceHoweverSlowATargetIs() async throws {
        let planned = try await plan(4)
        let chunked = ChunkedSource(source)
        let slow = SpoiltTarget(onChunk: { for _ in 0..<50 { await Task.yield() } })
        let results = try await run(planned, from: chunked, to: [MemoryStore(), slow, MemoryStore()])
        #expect(results.allSatisfy { $0.images.allSatisfy { $0.failure == nil } })
        #expect(results.allSatisfy { $0.traffic.blobsMoved == planned.plan.blobs.count })
        #expect(chunked.openings.withLock { $0.values.allSatisfy { $0 == 1 } })
    }

    /// The gate opens only when the other target is complete, so this ends only if that one is not held up.
    @Test func aTargetThatHangsDoesNotKeepTheOthersFromBeingComplete() async throws {
        let planned = try await plan(6)
        let gate = Gate()
        let stored = Atomic(0)
        let hanging = SpoiltTarget(beforeLooking: { await gate.pass() })
        let good = SpoiltTarget(onManifest: {
            if stored.wrappingAdd(1, ordering: .relaxed).newValue == 6 { gate.open() }
        })
        let targets: [any ImageTarget] = [hanging, good]
        let results = try await run(
            planned,
            from: ChunkedSource(source),
            to: targets,
            bulk: 2,
            patience: .milliseconds(5)
        )
        #expect(results.allSatisfy { $0.images.allSatisfy { $0.failure == nil } })
    }

    @Test func aTargetThatFailsInTheMiddleOfABlobFailsAlone() async throws {
        let planned = try await plan(3)
        let chunked = ChunkedSource(source)
        let count = Atomic(0)
        let broken = SpoiltTarget(onChunk: {
            if count.wrappingAdd(1, ordering: .relaxed).newValue > 5 {
                throw ImageStorageError(.readOnly, subject: "x", message: "it takes no more")
            }
        })
        let results = try await run(planned, from: chunked, to: [broken, MemoryStore()])
        #expect(results[0].images.allSatisfy { $0.failure != nil })
        #expect(results[1].images.allSatisfy { $0.failure == nil })
        #expect(chunked.openings.withLock { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test func aFullDiskEndsOneTargetOnly() async throws {
        let planned = try await plan(5)
        let full = SpoiltTarget(beforeLooking: {
            throw ImageStorageError(.noSpace, subject: "x", message: "the disk is full")
        })
        let results = try await run(planned, from: ChunkedSource(source), to: [full, MemoryStore()], bulk: 1)
        #expect(results[0].fatal?.message == "the disk is full")
        #expect(results[1].fatal == nil && results[1].images.allSatisfy { $0.failure == nil })
    }

    /// The first says of right bytes that they are wrong; by the time it is asked for the next blob, that is known.
    @Test func aTargetThatTakesRightBytesForWrongFailsAlone() async throws {
        let images = SyntheticImages(in: source)
        // The largest goes first.
        let layers = (1...3).map { SyntheticImages.bytes($0 == 1 ? 30_000 : 20_000, seed: UInt64($0)) }
        let other = try RepositoryPath("acme/other")
        var requests: [ImageRequest] = []
        for (repository, layer) in [(path, layers[0]), (other, layers[0]), (path, layers[1]), (path, layers[2])] {
            let tag = try Tag("v\(requests.count)")
            try await images.image(layers: [layer], tag: tag.text, in: repository)
            let reference = try ImageReference("quay.io/\(repository):\(tag)")
            requests.append(
                ImageRequest(
                    origin: reference,
                    source: reference,
                    destination: repository,
                    tags: [tag],
                    kind: .additional,
                    reason: .additionalImage(index: requests.count, line: nil)
                )
            )
        }
        let planned = try await Planner(sources: SingleSource(source), options: .init())
            .plan(Contribution(requests: requests), configDigest: nil)
        let gate = Gate()
        let asked = Atomic(0)
        let lying = SpoiltTarget(beforeLooking: {
            guard asked.wrappingAdd(1, ordering: .relaxed).newValue > 1 else {
                throw ForeignFailure(kind: .integrity, description: "the registry computed another digest")
            }
            gate.open()
        })
        let good = SpoiltTarget(onChunk: { await gate.pass() })
        let results = try await run(planned, from: ChunkedSource(source), to: [lying, good], bulk: 1)
        #expect(results[0].images.contains { $0.failure != nil })
        #expect(results[1].images.allSatisfy { $0.failure == nil })
    }
}
