import HTTPTestSupport
import HTTPTransport
import NIOPosix
import Synchronization
import Testing

@Suite("What is told of connections and names")
struct ConnectionFactsTests {
    @Test("the resolver's answer, an address as its own")
    func addresses() async throws {
        #expect(try await NameResolution.addresses(of: "127.0.0.1", within: .seconds(5)) == ["127.0.0.1"])
        #expect(try await NameResolution.addresses(of: "::1", within: .seconds(5)) == ["::1"])
        let local = try await NameResolution.addresses(of: "localhost", within: .seconds(5))
        #expect(local.contains("127.0.0.1") || local.contains("::1"))
        #expect(Set(local).count == local.count)
    }

    @Test("a name that is none, and a resolver that is too slow", arguments: ["no such name", "a..b", ""])
    func unknown(name: String) async throws {
        let error = await #expect(throws: HTTPTransportError.self) {
            try await NameResolution.addresses(of: name, within: .seconds(20))
        }
        #expect(error?.code == .unknownHost)
        let slow = await #expect(throws: HTTPTransportError.self) {
            try await NameResolution.addresses(of: name, within: .seconds(-1))
        }
        // Who is first is a matter of luck; both are clear errors.
        #expect(slow?.code == .timedOut || slow?.code == .unknownHost)
    }

    @Test(
        "a connection in plain HTTP and one in TLS, with the certificate that was presented",
        arguments: [false, true]
    )
    func connections(isSecure: Bool) async throws {
        let seen = Mutex<[ConnectionFacts]>([])
        try await ScriptedServer.withServer(usesTLS: isSecure, { _ in .init(200) }) { server in
            var configuration = HTTPTransportConfiguration()
            configuration.insecureHosts = .all
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                observer: { event in
                    if case .connected(let facts) = event { seen.withLock { $0.append(facts) } }
                }
            ) { transport in
                let url = try HTTPURL("\(isSecure ? "https" : "http")://\(server.authority)/v2/")
                for _ in 1...2 { _ = try await transport.attempt(HTTPRequest(.get, url), upTo: 1 << 10) }
            }
            let facts = try #require(seen.withLock { $0.first })
            #expect(seen.withLock { $0.count } == 1, "the connection is used again")
            #expect(facts.remoteAddress == server.authority)
            #expect(facts.tlsVersion == (isSecure ? "TLS 1.3" : nil))
            #expect((facts.certificate != nil) == isSecure)
        }
    }
}
