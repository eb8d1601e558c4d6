import FerryTestSupport
import ImageStorage
import Testing

@testable import RegistryServer

@Suite("Servers that stop", .timeLimit(.minutes(10)))
struct StoppingTests {
    @Test("a connection that comes just then ends the connection, not the program")
    func connecting() async throws {
        for _ in 0..<100 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await withRunningServer(MemoryStore()) { address in
                    let client = RawHTTPClient(port: address.port)
                    for _ in 0..<4 {
                        // Until nobody listens any more.
                        group.addTask { while (try? await client.send("GET", "/v2/")) != nil {} }
                    }
                    let status = try await client.send("GET", "/v2/").status
                    #expect(status == 200)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a gate waits for those under way, lets no more in, and ends its wait")
    func gate() async throws {
        let gate = ConnectionGate()
        let (emptied, empty) = AsyncStream<Int>.makeStream()
        let isFirstIn = gate.enter() && gate.enter()
        gate.leave()
        gate.close { empty.yield(1) }
        let isLastIn = gate.enter()
        #expect(isFirstIn && !isLastIn)
        empty.yield(0)
        gate.leave()
        gate.close { empty.yield(2) }

        // One that is empty is done at once, and one that somebody is stuck in after a while.
        ConnectionGate().close { empty.yield(3) }
        let stuck = ConnectionGate()
        let isStuck = stuck.enter()
        #expect(isStuck)
        stuck.close { empty.finish() }
        var told: [Int] = []
        for await number in emptied { told.append(number) }
        #expect(told == [0, 1, 3])
    }
}
