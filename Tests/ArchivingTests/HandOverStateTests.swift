import Testing

@testable import Archiving

@Suite struct HandOverStateTests {
    private typealias State = HandOverState<Int, String>

    @Test func waitsForRoomAndResumes() throws {
        var state = State(limit: 10)
        guard case .accepted(wakes: false) = state.offer(1, size: 8) else { throw Unexpected() }
        guard case .wait = state.offer(2, size: 3) else { throw Unexpected() }
        let waits = state.wait("sender", for: 3)
        #expect(waits)
        guard case .piece(1, resumes: "sender") = state.receive() else { throw Unexpected() }
        let stillWaits = state.wait("sender", for: 3)
        #expect(!stillWaits)
        guard case .accepted(wakes: false) = state.offer(2, size: 3) else { throw Unexpected() }
    }

    @Test func takesOnePieceOfAnySize() throws {
        var state = State(limit: 10)
        guard case .accepted = state.offer(1, size: .max) else { throw Unexpected() }
        guard case .wait = state.offer(2, size: .max) else { throw Unexpected() }
        guard case .piece(1, resumes: nil) = state.receive() else { throw Unexpected() }
    }

    @Test func wakesAReceiverOnce() throws {
        var state = State(limit: 10)
        guard case .wait = state.receive() else { throw Unexpected() }
        guard case .accepted(wakes: true) = state.offer(1, size: 1) else { throw Unexpected() }
        guard case .accepted(wakes: false) = state.offer(2, size: 1) else { throw Unexpected() }
        let wakes = state.finish(.success(()))
        #expect(!wakes)
        guard case .piece(1, resumes: nil) = state.receive() else { throw Unexpected() }
        guard case .piece(2, resumes: nil) = state.receive() else { throw Unexpected() }
        guard case .end = state.receive() else { throw Unexpected() }
    }

    @Test func closingDropsAndLetsTheSenderGo() throws {
        var state = State(limit: 1)
        _ = state.offer(1, size: 1)
        let waits = state.wait("sender", for: 1)
        let released = [state.close(), state.close()]
        #expect(waits)
        #expect(released == ["sender", nil])
        guard case .dropped = state.offer(2, size: 1) else { throw Unexpected() }
        let waitsAfterwards = state.wait("sender", for: 1)
        #expect(!waitsAfterwards)
    }

    private struct Unexpected: Error {}
}
