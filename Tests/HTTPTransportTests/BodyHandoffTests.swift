import NIOCore
import Testing

@testable import HTTPTransport

struct BodyHandoffTests {
    private typealias State = BodyHandoffState<String, String>

    private func describe(_ state: inout State, _ step: (inout State) -> [State.Action]) -> [String] {
        step(&state).map { action in
            switch action {
            case .resumeSender(let sender, let isWanted): "\(sender) \(isWanted ? "goes on" : "stops")"
            case .resumeReceiver(let receiver, .success(let chunk)):
                "\(receiver) gets \(chunk.map { String(buffer: $0) } ?? "the end")"
            case .resumeReceiver(let receiver, .failure): "\(receiver) fails"
            }
        }
    }

    @Test func `keeps one chunk ahead and then pauses the sender`() {
        var state = State()
        #expect(describe(&state) { $0.send(ByteBuffer(string: "a"), sender: "s") } == ["s goes on"])
        #expect(describe(&state) { $0.send(ByteBuffer(string: "b"), sender: "s") }.isEmpty)
        #expect(describe(&state) { $0.receive("r") } == ["r gets a", "s goes on"])
        #expect(describe(&state) { $0.finish(nil) }.isEmpty)
        #expect(describe(&state) { $0.receive("r") } == ["r gets b"])
        #expect(describe(&state) { $0.receive("r") } == ["r gets the end"])
    }

    @Test func `sends nothing more of a body whose source failed`() {
        var state = State()
        _ = state.send(ByteBuffer(string: "a"), sender: "s")
        #expect(describe(&state) { $0.finish(CancellationError()) }.isEmpty)
        #expect(describe(&state) { $0.receive("r") } == ["r fails"])
        #expect(state.failure is CancellationError)
    }

    @Test func `stops both sides when it is closed`() {
        var state = State()
        #expect(describe(&state) { $0.receive("r") }.isEmpty)
        #expect(describe(&state) { $0.close() } == ["r fails"])
        #expect(describe(&state) { $0.send(ByteBuffer(string: "a"), sender: "s") } == ["s stops"])
        #expect(describe(&state) { $0.receive("r") } == ["r fails"])
    }

    @Test func `lets a paused sender go when it is closed`() {
        var state = State()
        _ = state.send(ByteBuffer(string: "a"), sender: "s")
        _ = state.send(ByteBuffer(string: "b"), sender: "s")
        #expect(describe(&state) { $0.close() } == ["s stops"])
    }
}
