import Testing

@testable import HTTPTransport

@Suite("Whom a failure concerns")
struct HostHealthTests {
    @Test("one among many good answers: its request, for a short time")
    func lone() {
        var health = HostHealth()
        for _ in 0..<8 { health.answered() }
        #expect(health.failed(isAsked: false) == .lone)
        #expect(health.failed(isAsked: false) == .request)
    }

    @Test("a run of failures: all requests, until a good answer comes")
    func run() {
        var health = HostHealth()
        #expect((0..<4).map { _ in health.failed(isAsked: false) } == [.request, .request, .host, .host])
        health.answered()
        #expect(health.failed(isAsked: false) == .request)
    }

    @Test("a host that asks for it: all requests")
    func asked() {
        var health = HostHealth()
        for _ in 0..<100 { health.answered() }
        #expect(health.failed(isAsked: true) == .host)
    }
}
