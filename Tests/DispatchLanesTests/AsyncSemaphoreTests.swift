import SeededRandom
import Testing

@testable import DispatchLanes

@Suite("The decisions of a semaphore")
struct AsyncSemaphoreStateTests {
    private func arrive(
        _ state: inout AsyncSemaphoreState<String>,
        _ name: String
    ) -> (
        ticket: UInt64, AsyncSemaphoreState<String>.Acquisition
    ) {
        let ticket = state.takeTicket()
        return (ticket, state.acquire(ticket: ticket, waiter: name))
    }

    @Test("Permits go to the first who come, then to those who wait, in order")
    func order() {
        var state = AsyncSemaphoreState<String>(permits: 2)
        #expect(["a", "b", "c", "d"].map { arrive(&state, $0).1 } == [.pass, .pass, .wait, .wait])
        #expect(state.release() == "c")
        #expect(arrive(&state, "e").1 == .wait)
        #expect([state.release(), state.release(), state.release(), state.release()] == ["d", "e", nil, nil])
        #expect([arrive(&state, "f").1, arrive(&state, "g").1, arrive(&state, "h").1] == [.pass, .pass, .wait])
    }

    @Test("Cancelled before it waits: no permit is taken")
    func cancelledBefore() {
        var state = AsyncSemaphoreState<String>(permits: 1)
        let ticket = state.takeTicket()
        #expect(state.cancel(ticket: ticket) == nil)
        #expect(state.acquire(ticket: ticket, waiter: "a") == .cancelled)
        #expect(arrive(&state, "b").1 == .pass)
    }

    @Test("Cancelled while it waits: the waiter comes back, and the next release passes it over")
    func cancelledWhile() {
        var state = AsyncSemaphoreState<String>(permits: 1)
        _ = arrive(&state, "a")
        let waiting = arrive(&state, "b").ticket
        _ = arrive(&state, "c")
        #expect(state.cancel(ticket: waiting) == "b")
        #expect(state.cancel(ticket: waiting) == nil)
        #expect(state.release() == "c")
        #expect(state.release() == nil)
        #expect(arrive(&state, "d").1 == .pass)
    }

    @Test("Cancelled after it passed: nothing happens, the permit is given back as usual")
    func cancelledAfter() {
        var state = AsyncSemaphoreState<String>(permits: 1)
        let first = arrive(&state, "a").ticket
        let second = arrive(&state, "b").ticket
        #expect(state.cancel(ticket: first) == nil)
        #expect(state.release() == "b")
        #expect(state.cancel(ticket: second) == nil)
        #expect(state.release() == nil)
        #expect(arrive(&state, "c").1 == .pass)
    }

    @Test("More permits let those pass who wait; fewer are withdrawn when they come back")
    func resizing() {
        var state = AsyncSemaphoreState<String>(permits: 1)
        _ = ["a", "b", "c", "d"].map { arrive(&state, $0) }
        #expect(state.add(2) == ["b", "c"])
        #expect(state.add(-2).isEmpty)
        #expect([state.release(), state.release()] == [nil, nil])
        #expect(state.release() == "d")
        #expect(arrive(&state, "e").1 == .wait)
        #expect([state.release(), state.release()] == ["e", nil])
        #expect(arrive(&state, "f").1 == .pass)
    }

    @Test("Permits that are withdrawn while none is in use are not given out")
    func shrinking() {
        var state = AsyncSemaphoreState<String>(permits: 3)
        #expect(state.add(-2).isEmpty)
        #expect(["a", "b"].map { arrive(&state, $0).1 } == [.pass, .wait])
        #expect(state.add(1) == ["b"])
    }

    @Test("Whatever happens and however the number changes, permits are neither lost nor made", arguments: 0..<50)
    func randomResizing(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var permits = Int.random(in: 1...6, using: &generator)
        var state = AsyncSemaphoreState<UInt64>(permits: permits)
        var waiting: [UInt64] = []
        var holding = 0
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2:
                let ticket = state.takeTicket()
                let passes = holding < permits && waiting.isEmpty
                #expect(state.acquire(ticket: ticket, waiter: ticket) == (passes ? .pass : .wait))
                if passes { holding += 1 } else { waiting.append(ticket) }
            case 3:
                let passes = holding < permits && waiting.isEmpty
                #expect(state.acquireIfFree() == passes)
                if passes { holding += 1 }
            case 4...5:
                guard holding > 0 else { continue }
                holding -= 1
                let next = holding < permits && !waiting.isEmpty ? waiting.removeFirst() : nil
                #expect(state.release() == next)
                if next != nil { holding += 1 }
            case 6:
                let wanted = Int.random(in: 1...6, using: &generator)
                let passing = Array(waiting.prefix(max(0, wanted - holding)))
                #expect(state.add(wanted - permits) == passing)
                waiting.removeFirst(passing.count)
                holding += passing.count
                permits = wanted
            default:
                guard let index = waiting.indices.randomElement(using: &generator) else { continue }
                let ticket = waiting.remove(at: index)
                #expect(state.cancel(ticket: ticket) == ticket)
            }
            #expect(state.waiterCount == waiting.count)
        }
        // All come to an end: whoever holds gives back, and nobody is left behind.
        while holding > 0 {
            holding -= 1
            if let next = state.release() {
                #expect(next == waiting.removeFirst())
                holding += 1
            }
        }
        #expect(waiting.isEmpty)
    }

    @Test("Whatever happens, permits are neither lost nor made, and nobody is told twice", arguments: 0..<50)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let permits = Int.random(in: 1...4, using: &generator)
        var state = AsyncSemaphoreState<UInt64>(permits: permits)
        var undecided: [UInt64: Bool] = [:]
        var waiting: [UInt64] = []
        var holding: [UInt64] = []
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...1: undecided[state.takeTicket()] = false
            case 2...3:
                guard let (ticket, isCancelled) = undecided.randomElement(using: &generator) else { continue }
                undecided[ticket] = nil
                let expected: AsyncSemaphoreState<UInt64>.Acquisition =
                    isCancelled ? .cancelled : holding.count < permits ? .pass : .wait
                #expect(state.acquire(ticket: ticket, waiter: ticket) == expected)
                if expected == .pass { holding.append(ticket) }
                if expected == .wait { waiting.append(ticket) }
            case 4...5:
                guard !holding.isEmpty else { continue }
                holding.remove(at: Int.random(in: 0..<holding.count, using: &generator))
                let next = waiting.isEmpty ? nil : waiting.removeFirst()
                #expect(state.release() == next)
                if let next { holding.append(next) }
            case 6:
                guard let ticket = undecided.keys.randomElement(using: &generator) else { continue }
                undecided[ticket] = true
                #expect(state.cancel(ticket: ticket) == nil)
            default:
                guard let index = waiting.indices.randomElement(using: &generator) else { continue }
                let ticket = waiting.remove(at: index)
                #expect(state.cancel(ticket: ticket) == ticket)
            }
            #expect(state.waiterCount == waiting.count)
        }
    }
}

@Suite("The semaphore", .timeLimit(.minutes(10)))
struct AsyncSemaphoreTests {
    @Test("No more tasks than permits are inside at a time, and all come through", arguments: [1, 3])
    func limit(permits: Int) async throws {
        let semaphore = AsyncSemaphore(permits: permits)
        let inside = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await semaphore.withPermit {
                        inside.add(1)
                        await Task.yield()
                        inside.add(-1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect((1...permits).contains(inside.most))
    }

    @Test("A body that throws gives its permit back")
    func throwing() async throws {
        struct Failure: Error {}
        let semaphore = AsyncSemaphore(permits: 1)
        for _ in 0..<3 {
            await #expect(throws: Failure.self) { try await semaphore.withPermit { throw Failure() } }
        }
        #expect(try await semaphore.withPermit { 7 } == 7)
    }

    @Test("A task that is cancelled before or while it waits gets an error, and the permit is not lost")
    func cancellation() async throws {
        let semaphore = AsyncSemaphore(permits: 1)
        try await semaphore.withPermit {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        do {
                            try await semaphore.withPermit {}
                            return false
                        } catch {
                            return error is CancellationError
                        }
                    }
                }
                group.cancelAll()
                for await isCancelled in group { #expect(isCancelled) }
            }
        }
        #expect(try await semaphore.withPermit { 7 } == 7)
    }

    @Test("Changes of the number at random moments lose nobody", arguments: 0..<10)
    func resizingStress(seed: UInt64) async throws {
        let semaphore = AsyncSemaphore(permits: 3)
        let inside = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(number))
                    let body = { @Sendable () async -> Void in
                        inside.add(1)
                        await Task.yield()
                        inside.add(-1)
                    }
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0:
                        let permits = Int.random(in: 1...6, using: &generator)
                        semaphore.resize { permits }
                    case 1: _ = await semaphore.withPermitIfFree(body)
                    default: try await semaphore.withPermit(body)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.most <= 6)
        semaphore.resize { 2 }
        // Both permits can be held at once, and no third.
        let third = try await semaphore.withPermit {
            try await semaphore.withPermit { await semaphore.withPermitIfFree { true } }
        }
        #expect(third == nil)
    }

    @Test("Cancellations at random moments lose no permit", arguments: 0..<20)
    func stress(seed: UInt64) async throws {
        let semaphore = AsyncSemaphore(permits: 2)
        var generator = SeededGenerator(seed: seed)
        let inside = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                let patience = Int.random(in: 0...6, using: &generator)
                group.addTask {
                    // A child that is cancelled after some yields, before, while or after it waits.
                    await withTaskGroup(of: Void.self) { inner in
                        inner.addTask {
                            do {
                                try await semaphore.withPermit {
                                    let count = inside.add(1)
                                    #expect(count <= 2)
                                    await Task.yield()
                                    inside.add(-1)
                                }
                            } catch {
                                #expect(error is CancellationError)
                            }
                        }
                        for _ in 0..<patience { await Task.yield() }
                        inner.cancelAll()
                    }
                }
            }
        }
        // Both permits can be held at once again.
        try await semaphore.withPermit { try await semaphore.withPermit {} }
    }
}
