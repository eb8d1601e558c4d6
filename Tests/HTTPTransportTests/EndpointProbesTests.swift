import Testing

@testable import HTTPTransport

struct EndpointProbesTests {
    private let fault = HTTPTransportError(.timedOut, request: "GET /v2/", host: "r:1", reason: "")

    @Test func `shares a failure with those who waited for it`() throws {
        var state = EndpointProbesState()
        let early = state.visit("r:1")
        #expect(try state.result(for: early) == nil)
        state.failed(fault, at: "r:1")
        #expect(throws: HTTPTransportError.self) { try state.result(for: early) }
        // Who comes later tries again, and so does who asks another port.
        let late = state.visit("r:1")
        #expect(try state.result(for: late) == nil)
        #expect(try state.result(for: state.visit("r:2")) == nil)
        state.failed(fault, at: "r:1")
        #expect(throws: HTTPTransportError.self) { try state.result(for: late) }
    }

    @Test func `forgets failures once a port has answered`() throws {
        var state = EndpointProbesState()
        let visit = state.visit("r:1")
        state.failed(fault, at: "r:1")
        state.found(.https, at: "r:1")
        #expect(try state.result(for: visit) == .https)
        #expect(try state.result(for: state.visit("r:2")) == nil)
    }

    @Test func `asks a port once`() async throws {
        let probes = EndpointProbes()
        let count = Counter()
        for _ in 0..<3 {
            let scheme = try await probes.scheme(of: "r:1") {
                _ = count.next()
                return .http
            }
            #expect(scheme == .http)
        }
        #expect(count.count == 1)
    }
}
