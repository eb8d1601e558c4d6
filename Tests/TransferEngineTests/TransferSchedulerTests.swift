import OCIModel
import SeededRandom
import Testing

@testable import TransferEngine

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

/// A digest made of one repeated number, readable in failures.
private func digest(_ number: Int) throws -> Digest {
    let text = String(number, radix: 16)
    return try Digest(algorithm: .sha256, hex: String(repeating: "0", count: 64 - text.count) + text)
}

private func repository(_ name: String) throws -> RepositoryPath { try RepositoryPath(name) }

/// Runs a scheduler to its end, answering each task at once.
private func drain(
    _ scheduler: inout TransferScheduler,
    answer: (TransferTask) -> TransferOutcome = { _ in .done }
) -> [TransferTask] {
    var log: [TransferTask] = []
    while true {
        let tasks = scheduler.next()
        if tasks.isEmpty { return log }
        log += tasks
        for task in tasks { scheduler.finish(task, answer(task)) }
    }
}

private let wide = TransferScheduler.Limits(bulk: 100, small: 100)

@Suite("Transfer scheduler")
struct TransferSchedulerTests {
    @Test func aManifestWaitsForItsBlobsAndATagForNothingElse() throws {
        let place = ContentPlace(try repository("a"), try digest(1))
        let blob = ContentPlace(place.repository, try digest(2))
        let tag = try Tag("v1")
        var graph = TransferGraph()
        graph.addBlob(blob, size: 10)
        graph.addManifest(place, blobs: [blob.digest], children: [], tags: [tag])
        var scheduler = TransferScheduler(graph, limits: wide, order: .largestFirst)
        #expect(drain(&scheduler) == [.move(blob), .putTag(place, tag)])
        #expect(scheduler.failure(of: place) == nil)
        #expect(scheduler.isIdle)
    }

    @Test func anUntaggedManifestIsPutByDigestAndAllTagsAreSet() throws {
        let child = ContentPlace(try repository("a"), try digest(1))
        let index = ContentPlace(try repository("a"), try digest(2))
        var graph = TransferGraph()
        graph.addManifest(index, blobs: [], children: [child.digest], tags: [try Tag("b"), try Tag("a")])
        graph.addManifest(child, blobs: [], children: [], tags: [])
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        #expect(drain(&scheduler) == [.putManifest(child), .putTag(index, try Tag("a")), .putTag(index, try Tag("b"))])
        #expect(scheduler.failure(of: index) == nil)
    }

    @Test func aSharedBlobMovesOnceAndIsMountedElsewhere() throws {
        let shared = try digest(9)
        let first = ContentPlace(try repository("a"), shared)
        let second = ContentPlace(try repository("b"), shared)
        var graph = TransferGraph()
        graph.addBlob(first, size: 5)
        graph.addBlob(second, size: 5)
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        #expect(scheduler.next() == [.move(first)])
        #expect(scheduler.next().isEmpty, "the second place waits while the first is being written")
        scheduler.finish(.move(first), .done)
        #expect(drain(&scheduler) == [.mount(second, from: first.repository)])
    }

    @Test func aRefusedMountBecomesAMove() throws {
        let shared = try digest(9)
        let first = ContentPlace(try repository("a"), shared)
        let second = ContentPlace(try repository("b"), shared)
        var graph = TransferGraph()
        graph.addBlob(first, size: 5)
        graph.addBlob(second, size: 5)
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        let log = drain(&scheduler) { task in
            if case .mount = task { .notMounted } else { .done }
        }
        #expect(log == [.move(first), .mount(second, from: first.repository), .move(second)])
    }

    @Test func aFailedBlobFailsItsImageAndLeavesNoTag() throws {
        let bad = ContentPlace(try repository("a"), try digest(1))
        let good = ContentPlace(try repository("a"), try digest(2))
        let hurt = ContentPlace(try repository("a"), try digest(3))
        let whole = ContentPlace(try repository("a"), try digest(4))
        let parent = ContentPlace(try repository("a"), try digest(5))
        var graph = TransferGraph()
        graph.addBlob(bad, size: 1)
        graph.addBlob(good, size: 2)
        graph.addManifest(hurt, blobs: [bad.digest, good.digest], children: [], tags: [try Tag("hurt")])
        graph.addManifest(whole, blobs: [good.digest], children: [], tags: [try Tag("whole")])
        graph.addManifest(parent, blobs: [], children: [hurt.digest, whole.digest], tags: [try Tag("parent")])
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        let failure = TransferFailure(message: "gone")
        let log = drain(&scheduler) { $0 == .move(bad) ? .failed(failure, poisonsDigest: true) : .done }
        #expect(log == [.move(bad), .move(good), .putTag(whole, try Tag("whole"))])
        #expect(scheduler.failure(of: hurt) == failure)
        #expect(scheduler.failure(of: parent) == failure)
        #expect(scheduler.failure(of: whole) == nil)
    }

    @Test func aDigestThatTheSourceCannotGiveIsAskedForOnce() throws {
        let shared = try digest(9)
        var graph = TransferGraph()
        for name in ["a", "b", "c"] { graph.addBlob(ContentPlace(try repository(name), shared), size: 5) }
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        let log = drain(&scheduler) { _ in .failed(TransferFailure(message: "wrong bytes"), poisonsDigest: true) }
        #expect(log.count == 1)
    }

    @Test func aBlobThatOnlyFailedImagesNeedIsNotMoved() throws {
        let bad = ContentPlace(try repository("a"), try digest(1))
        let spare = ContentPlace(try repository("a"), try digest(2))
        let image = ContentPlace(try repository("a"), try digest(3))
        var graph = TransferGraph()
        graph.addBlob(bad, size: 1)
        graph.addBlob(spare, size: 2)
        graph.addManifest(image, blobs: [bad.digest, spare.digest], children: [], tags: [])
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 1, small: 1), order: .asAdded)
        let log = drain(&scheduler) { _ in .failed(TransferFailure(message: "gone"), poisonsDigest: true) }
        #expect(log == [.move(bad)])
    }

    @Test func nothingStartsAfterAFullDisk() throws {
        var graph = TransferGraph()
        for number in 1...3 { graph.addBlob(ContentPlace(try repository("a"), try digest(number)), size: 1) }
        let image = ContentPlace(try repository("a"), try digest(8))
        graph.addManifest(image, blobs: [try digest(1), try digest(2)], children: [], tags: [])
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 1, small: 1), order: .asAdded)
        let full = TransferFailure(message: "no space", isFatal: true)
        #expect(drain(&scheduler) { _ in .failed(full, poisonsDigest: false) }.count == 1)
        #expect(scheduler.failure(of: image) == full)
    }

    @Test func limitsHold() throws {
        var graph = TransferGraph()
        for number in 1...10 {
            graph.addBlob(ContentPlace(try repository("a"), try digest(number)), size: Int64(number))
        }
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 3, small: 1), order: .largestFirst)
        let started = [scheduler.next(), scheduler.next(), scheduler.next()].flatMap { $0.map(\.place.digest) }
        #expect(started == [try digest(10), try digest(9), try digest(8)])
        #expect(scheduler.next().isEmpty)
    }

    @Test(arguments: 0..<200) func randomGraphsEndWithEveryManifestDecided(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let blobs = try (1...12).map { try digest($0) }
        let names = try ["a", "b", "c"].map { try repository($0) }
        var graph = TransferGraph()
        var images: [ContentPlace] = []
        for number in 100..<118 {
            guard let name = names.randomElement(using: &random) else { continue }
            let needed = blobs.shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random))
            for blob in needed {
                graph.addBlob(ContentPlace(name, blob), size: Int64.random(in: 1...9, using: &random))
            }
            let children = images.filter { $0.repository == name }.shuffled(using: &random).prefix(2).map(\.digest)
            let place = ContentPlace(name, try digest(number))
            let tags = try (0..<Int.random(in: 0...2, using: &random)).map { try Tag("t\(number)-\($0)") }
            graph.addManifest(place, blobs: Array(needed), children: Array(children), tags: tags)
            images.append(place)
        }
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 3, small: 2), order: .largestFirst)
        var running: [TransferTask] = []
        var heldBlobs: Set<ContentPlace> = []
        var storedManifests: Set<ContentPlace> = []
        var moves: [Digest: Int] = [:]
        var steps = 0
        while true {
            steps += 1
            try #require(steps < 10_000)
            while true {
                let tasks = scheduler.next()
                if tasks.isEmpty { break }
                running += tasks
            }
            guard !running.isEmpty else { break }
            let task = running.remove(at: Int.random(in: 0..<running.count, using: &random))
            let outcome: TransferOutcome =
                switch Int.random(in: 0..<20, using: &random) {
                case 0: .failed(TransferFailure(message: "x"), poisonsDigest: Bool.random(using: &random))
                case 1...4: if case .mount = task { .notMounted } else { .done }
                default: .done
                }
            if case .done = outcome {
                switch task {
                case .move(let place):
                    moves[place.digest, default: 0] += 1
                    heldBlobs.insert(place)
                case .mount(let place, let from):
                    #expect(heldBlobs.contains(ContentPlace(from, place.digest)))
                    heldBlobs.insert(place)
                case .putManifest(let place), .putTag(let place, _):
                    let manifest = try #require(graph.manifests[place])
                    #expect(manifest.blobs.allSatisfy { heldBlobs.contains($0) })
                    #expect(manifest.children.allSatisfy { storedManifests.contains($0) })
                    storedManifests.insert(place)
                }
            }
            scheduler.finish(task, outcome)
        }
        for image in images where scheduler.failure(of: image) == nil { #expect(storedManifests.contains(image)) }
        for image in images where scheduler.failure(of: image)?.message == "it was never written" {
            Issue.record("\(image) was forgotten")
        }
    }

    @Test func anAttachmentWaitsForItsSubjectWhicheverIsAddedFirst() throws {
        let image = ContentPlace(try repository("a"), try digest(1))
        let signature = ContentPlace(try repository("a"), try digest(2))
        var graph = TransferGraph()
        graph.addManifest(signature, blobs: [], tags: [])
        graph.addManifest(signature, blobs: [], subjects: [image.digest], tags: [try Tag("sig")])
        graph.addManifest(image, blobs: [], tags: [try Tag("v1")])
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        #expect(drain(&scheduler) == [.putTag(image, try Tag("v1")), .putTag(signature, try Tag("sig"))])
    }

    @Test func attachmentsInALoopAreStoredAllTheSame() throws {
        let list = ContentPlace(try repository("a"), try digest(1))
        let child = ContentPlace(try repository("a"), try digest(2))
        var graph = TransferGraph()
        graph.addManifest(list, blobs: [], children: [child.digest], tags: [try Tag("v1")])
        graph.addManifest(child, blobs: [], subjects: [list.digest], tags: [try Tag("sig")])
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        #expect(drain(&scheduler) == [.putTag(child, try Tag("sig")), .putTag(list, try Tag("v1"))])
        #expect(scheduler.failure(of: child) == nil)
    }

    @Test func aFailureReachesTheEndOfALongChain() throws {
        var graph = TransferGraph()
        let name = try repository("a")
        let last = 100_000
        for number in 0...last {
            let subjects = number == 0 ? [] : [try digest(number - 1)]
            graph.addManifest(ContentPlace(name, try digest(number)), blobs: [], subjects: subjects, tags: [])
        }
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        let failure = TransferFailure(message: "gone")
        _ = drain(&scheduler) { _ in .failed(failure, poisonsDigest: false) }
        #expect(scheduler.failure(of: ContentPlace(name, try digest(last))) == failure)
    }
}
