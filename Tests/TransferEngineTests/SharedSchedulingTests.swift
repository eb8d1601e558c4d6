import OCIModel
import SeededRandom
import Testing

@testable import TransferEngine

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

private func digest(_ number: Int) throws -> Digest {
    let text = String(number, radix: 16)
    return try Digest(algorithm: .sha256, hex: String(repeating: "0", count: 64 - text.count) + text)
}

private func place(_ name: String, _ number: Int, target: Int = 0) throws -> ContentPlace {
    ContentPlace(try RepositoryPath(name), try digest(number), target: target)
}

private let wide = TransferScheduler.Limits(bulk: 100, small: 100)

@Suite("Transfer scheduler with several targets")
struct SharedSchedulingTests {
    /// The same blobs and one image at each of some targets.
    private func graph(blobs: ClosedRange<Int>, targets: Int) throws -> TransferGraph {
        var graph = TransferGraph()
        for target in 0..<targets {
            for number in blobs { graph.addBlob(try place("a", number, target: target), size: Int64(number)) }
            let image = try place("a", 100, target: target)
            graph.addManifest(image, blobs: try blobs.map { try digest($0) }, tags: [try Tag("v1")])
        }
        return graph
    }

    @Test func allTargetsThatLackABlobGetItAtOnce() throws {
        let graph = try graph(blobs: 1...2, targets: 3)
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded, stores: [0, 1, 2])
        for number in 1...2 {
            let tasks = scheduler.next()
            #expect(try tasks == (0..<3).map { .move(try place("a", number, target: $0)) })
        }
        #expect(scheduler.next().isEmpty)
    }

    @Test func targetsOfOneStoreMountFromEachOther() throws {
        var graph = TransferGraph()
        for target in 0..<2 { graph.addBlob(try place("n\(target)/a", 1, target: target), size: 1) }
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded, stores: [0, 0])
        let first = try place("n0/a", 1)
        #expect(scheduler.next() == [.move(first)])
        #expect(scheduler.next().isEmpty)
        scheduler.finish(.move(first), .done)
        let mount = TransferTask.mount(try place("n1/a", 1, target: 1), from: first.repository)
        #expect(scheduler.next() == [mount])
    }

    @Test func oneThatFailsLeavesTheOthersAlone() throws {
        let graph = try graph(blobs: 1...1, targets: 2)
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded, stores: [0, 1])
        let (good, bad) = (try place("a", 1), try place("a", 1, target: 1))
        #expect(scheduler.next() == [.move(good), .move(bad)])
        scheduler.finish(.move(bad), .failed(TransferFailure(message: "refused"), poisonsDigest: false))
        scheduler.finish(.move(good), .done)
        let tag = TransferTask.putTag(try place("a", 100), try Tag("v1"))
        #expect(scheduler.next() == [tag])
        #expect(scheduler.failure(of: try place("a", 100, target: 1))?.message == "refused")
    }

    @Test func aTargetOutOfReachIsGivenUpAfterSomeFailuresInARow() throws {
        let graph = try graph(blobs: 1...30, targets: 2)
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 1, small: 1), order: .asAdded, stores: [0, 1])
        let dead = TransferFailure(message: "no answer", isTargetUnavailable: true)
        var asked = [0, 0]
        while true {
            let tasks = scheduler.next()
            if tasks.isEmpty { break }
            for task in tasks {
                asked[task.place.target] += 1
                scheduler.finish(task, task.place.target == 1 ? .failed(dead, poisonsDigest: false) : .done)
            }
        }
        // The image of the dead target has failed with its first blob, and no other needs the rest.
        #expect(asked[0] == 31)
        #expect(asked[1] == 1)
        #expect(scheduler.failure(of: try place("a", 100)) == nil)

        var alone = TransferGraph()
        for number in 1...30 { alone.addBlob(try place("a", number), size: 1) }
        var patient = TransferScheduler(alone, limits: .init(bulk: 1, small: 1), order: .asAdded)
        var count = 0
        while let task = patient.next().first {
            count += 1
            // A success in between, and counting begins anew.
            patient.finish(task, count == 7 ? .done : .failed(dead, poisonsDigest: false))
        }
        #expect(count == 7 + TargetPatience.limit)
        #expect(patient.lost(0)?.message.contains("given up") == true)
    }

    @Test func afterAFirstFailureNoMoreIsStartedThanIsNeededToDecide() throws {
        var graph = TransferGraph()
        for number in 1...60 { graph.addBlob(try place("a", number), size: 1) }
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 20, small: 1), order: .asAdded)
        var running: [TransferTask] = []
        while let task = scheduler.next().first { running.append(task) }
        #expect(running.count == 20)
        let dead = TransferFailure(message: "no answer", isTargetUnavailable: true)
        scheduler.finish(running.removeLast(), .failed(dead, poisonsDigest: false))
        #expect(scheduler.next().isEmpty, "the other 19 will tell")
        scheduler.finish(running.removeLast(), .done)
        #expect(!scheduler.next().isEmpty, "somebody is there")
    }

    @Test func oneThatHangsDoesNotStopTheOthers() throws {
        let graph = try graph(blobs: 1...20, targets: 2)
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 2, small: 2), order: .asAdded, stores: [0, 1])
        var hanging: [TransferTask] = []
        var isDone = false
        while !isDone {
            let tasks = scheduler.next()
            guard !tasks.isEmpty else { break }
            for task in tasks {
                if task.place.target == 1 {
                    hanging.append(task)
                } else {
                    scheduler.finish(task, .done)
                    isDone = !task.isBulk
                }
            }
        }
        #expect(isDone, "the image of the other target is complete")
        #expect(hanging.count == 4, "no more than twice the limit hangs")
    }

    @Test func bytesThatTheSourceCannotGiveFailEverywhere() throws {
        let graph = try graph(blobs: 1...1, targets: 2)
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded, stores: [0, 1])
        let wrong = TransferFailure(message: "wrong bytes", isIntegrity: true)
        for task in scheduler.next() { scheduler.finish(task, .failed(wrong, poisonsDigest: true)) }
        #expect(scheduler.next().isEmpty)
        for target in 0..<2 { #expect(scheduler.failure(of: try place("a", 100, target: target)) == wrong) }
    }

    @Test func aTargetThatIsGivenUpFromTheStartIsNotAsked() throws {
        let gone = TransferFailure(message: "gone")
        var scheduler = TransferScheduler(
            try graph(blobs: 1...3, targets: 2),
            limits: wide,
            order: .asAdded,
            stores: [0, 1],
            lost: [1: gone]
        )
        while true {
            let tasks = scheduler.next()
            if tasks.isEmpty { break }
            for task in tasks {
                #expect(task.place.target == 0)
                scheduler.finish(task, .done)
            }
        }
        #expect(scheduler.failure(of: try place("a", 100, target: 1)) == gone)
        #expect(scheduler.failure(of: try place("a", 100)) == nil)
    }

    @Test func aManifestThatIsThereIsNotWrittenAndStillWaitsForItsBlobs() throws {
        var graph = TransferGraph()
        graph.addBlob(try place("a", 1), size: 1)
        let (child, list) = (try place("a", 10), try place("a", 11))
        graph.addManifest(child, blobs: [try digest(1)], tags: [], isStored: true)
        graph.addManifest(list, blobs: [], children: [child.digest], tags: [], isStored: true)
        var scheduler = TransferScheduler(graph, limits: wide, order: .asAdded)
        let task = TransferTask.move(try place("a", 1))
        #expect(scheduler.next() == [task])
        #expect(scheduler.failure(of: list) != nil)
        scheduler.finish(task, .done)
        #expect(scheduler.next().isEmpty)
        #expect(scheduler.failure(of: list) == nil && scheduler.failure(of: child) == nil)
    }

    @Test(arguments: 0..<200) func randomTargetsEndWithEveryImageDecidedAndFewReadings(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var graph = TransferGraph()
        let stores = [[0, 1, 2], [0, 0, 1], [0, 1, 0]].randomElement(using: &random) ?? [0]
        var images: [ContentPlace] = []
        var needs: [ContentPlace: Set<ContentPlace>] = [:]
        for number in 100..<110 {
            let name = "r\(Int.random(in: 0..<3, using: &random))"
            let blobs = (1...8).shuffled(using: &random).prefix(3)
            for target in stores.indices {
                let repository = "t\(target)/\(name)"
                for blob in blobs { graph.addBlob(try place(repository, blob, target: target), size: Int64(blob)) }
                let image = try place(repository, number, target: target)
                graph.addManifest(image, blobs: try blobs.map { try digest($0) }, tags: [try Tag("t\(number)")])
                images.append(image)
                needs[image] = Set(try blobs.map { try place(repository, $0, target: target) })
            }
        }
        let mayFail = Bool.random(using: &random)
        var scheduler = TransferScheduler(graph, limits: .init(bulk: 3, small: 2), order: .asAdded, stores: stores)
        var running: [TransferTask] = []
        var readings: [Digest: Int] = [:]
        let mayRefuseMounts = Bool.random(using: &random)
        var stored: Set<ContentPlace> = []
        var steps = 0
        while true {
            steps += 1
            try #require(steps < 10_000)
            while true {
                let tasks = scheduler.next()
                guard let first = tasks.first else { break }
                #expect(Set(tasks.map { stores[$0.place.target] }).count == tasks.count, "one place in each store")
                if first.isBulk { readings[first.place.digest, default: 0] += 1 }
                for task in tasks {
                    #expect(!running.contains { $0.place == task.place }, "one step at a time for a place")
                    #expect(needs[task.place, default: []].isSubset(of: stored), "blobs before manifests")
                }
                running += tasks
            }
            guard !running.isEmpty else { break }
            let task = running.remove(at: Int.random(in: 0..<running.count, using: &random))
            if mayFail && Int.random(in: 0..<15, using: &random) == 0 {
                scheduler.finish(task, .failed(TransferFailure(message: "x"), poisonsDigest: false))
            } else if mayRefuseMounts, case .mount = task, Bool.random(using: &random) {
                scheduler.finish(task, .notMounted)
            } else {
                stored.insert(task.place)
                scheduler.finish(task, .done)
            }
        }
        #expect(scheduler.isIdle)
        for image in images { #expect(scheduler.failure(of: image)?.message != "it was never written") }
        if !mayFail { #expect(images.allSatisfy { scheduler.failure(of: $0) == nil }) }
    }
}
