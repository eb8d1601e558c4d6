import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

/// Requests through proxies, and what is said about proxies that do not lead on.
struct ProxyRequestTests {
    private static let secret = "S3CRET"

    /// The variables that name a server as the proxy.
    private func proxies(_ port: Int, user: String? = nil, scheme: String = "http") -> ProxySettings {
        let address = "\(scheme)://\(user.map { "\($0)@" } ?? "")127.0.0.1:\(port)"
        return ProxySettings(environment: ["HTTP_PROXY": address, "HTTPS_PROXY": address, "NO_PROXY": "direct.test"])
    }

    private func configuration(_ proxies: ProxySettings) -> HTTPTransportConfiguration {
        var configuration = HTTPTransportConfiguration()
        configuration.proxies = proxies
        configuration.retryPolicy.tries = 1
        configuration.insecureHosts = .all
        configuration.connectTimeout = .seconds(30)
        return configuration
    }

    private func withTransport<Result: Sendable>(
        _ configuration: HTTPTransportConfiguration,
        _ body: (HTTPTransport) async throws -> Result
    ) async throws -> Result {
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            body
        )
    }

    private func failure(_ url: String, _ configuration: HTTPTransportConfiguration) async -> HTTPTransportError? {
        let error = await #expect(throws: HTTPTransportError.self) {
            try await withTransport(configuration) { try await $0.collect(.init(.get, HTTPURL(url)), upTo: 100) }
        }
        #expect(error.map { "\($0) \(String(reflecting: $0))".contains(Self.secret) } == false)
        return error
    }

    @Test func `gets whole addresses in plain HTTP, and its own credentials`() async throws {
        let script: ScriptedServer.Script = { request in
            request.uri.hasSuffix("/from")
                ? .init(302, [("location", "http://other.test/to?q=1")]) : .init(200, body: request.body)
        }
        try await ScriptedServer.withServer(script) { proxy in
            try await withTransport(configuration(proxies(proxy.port, user: "us%40er:pass"))) { transport in
                let start = try HTTPURL("http://reg.test:5000/from")
                let answer = try await transport.collect(
                    .init(.get, start, authorization: "Basic registry"),
                    upTo: 100
                )
                #expect(answer.status == 200)
                #expect(answer.url.text == "http://other.test/to?q=1")
                let put = HTTPRequest(.put, try HTTPURL("http://[2001:db8::1]:80/x"), body: ByteBuffer(string: "abc"))
                let echoed = try await transport.collect(put, upTo: 100)
                #expect(echoed.bytes == Array("abc".utf8))
                #expect(transport.countersByHost.keys.sorted() == ["[2001:db8::1]", "other.test", "reg.test:5000"])
            }
            #expect(
                proxy.lines == [
                    "GET http://reg.test:5000/from", "GET http://other.test/to?q=1", "PUT http://[2001:db8::1]/x",
                ]
            )
            #expect(proxy.requests.map { $0["host"] } == ["reg.test:5000", "other.test", "[2001:db8::1]"])
            #expect(proxy.requests.allSatisfy { $0["proxy-authorization"] == "Basic dXNAZXI6cGFzcw==" })
            #expect(proxy.requests.map { $0["authorization"] } == ["Basic registry", nil, nil])
            #expect(proxy.connectionCount == 1)
        }
    }

    @Test func `is not asked for this machine`() async throws {
        try await ScriptedServer.withServer({ _ in .init(500) }) { proxy in
            try await ScriptedServer.withServer({ _ in .init(204) }) { server in
                try await withTransport(configuration(proxies(proxy.port))) { transport in
                    for host in ["127.0.0.1", "localhost"] {
                        let url = HTTPURL(scheme: .http, host: host, port: server.port)
                        let status = try await transport.collect(.init(.get, url), upTo: 10).status
                        #expect(status == 204)
                    }
                }
                #expect(server.lines == ["GET /", "GET /"])
            }
            #expect(proxy.requests.isEmpty)
        }
    }

    @Test(arguments: ["http://reg.test/v2/", "https://reg.test:8443/v2/"])
    func `is named when it wants credentials`(url: String) async throws {
        try await ScriptedServer.withServer({ _ in .init(407) }) { proxy in
            let name = "the proxy http://\(proxy.authority)"
            let none = await failure(url, configuration(proxies(proxy.port)))
            #expect(none?.code == .proxyRefused)
            #expect(none?.description.contains("\(name) wants a user name and password (status 407)") == true)
            let variable = url.hasPrefix("https") ? "HTTPS_PROXY" : "HTTP_PROXY"
            #expect(none?.description.contains("the variable \(variable) has none") == true)
            let wrong = await failure(url, configuration(proxies(proxy.port, user: "user:\(Self.secret)")))
            #expect(wrong?.code == .proxyRefused)
            #expect(
                wrong?.description.contains(
                    "\(name) does not accept the user name and password that the variable \(variable)"
                )
                    == true
            )
            #expect(proxy.requests.allSatisfy { $0["authorization"] == nil })
        }
    }

    @Test(arguments: [(403, 1, "NO_PROXY"), (503, 2, "it answered 503"), (405, 1, "it answered 405"), (400, 1, "400")])
    func `is named when it does not let us through`(status: Int, tries: Int, part: String) async throws {
        try await ScriptedServer.withServer({ _ in .init(status, text: "<html>no</html>") }) { proxy in
            var configuration = configuration(proxies(proxy.port))
            configuration.retryPolicy.tries = 2
            configuration.retryPolicy.base = .milliseconds(1)
            // A busy machine may take longer for the first answer than users would wait.
            configuration.firstContactTime = .seconds(600)
            let error = await failure("https://reg.test:8443/v2/", configuration)
            #expect(error?.code == .tunnelRefused)
            #expect(error?.status == status)
            #expect(error?.attempts == tries)
            let text = error?.description ?? ""
            #expect(text.contains("the proxy http://\(proxy.authority) (HTTPS_PROXY)"), "\(text)")
            #expect(text.contains("through to reg.test:8443: it answered \(status)") && text.contains(part), "\(text)")
            #expect(Set(proxy.lines) == ["CONNECT reg.test:8443"])
        }
    }

    @Test(arguments: ["http://reg.test/v2/", "https://reg.test/v2/"], ["http", "socks5"])
    func `is named when nobody listens there`(url: String, scheme: String) async throws {
        try await withDeafPort { port in
            let error = await failure(url, configuration(proxies(port, user: nil, scheme: scheme)))
            #expect(error?.code == .proxyUnreachable)
            let text = error?.description ?? ""
            #expect(text.contains("the proxy \(scheme)://127.0.0.1:\(port) (HTTP"), "\(text)")
            #expect(text.contains("cannot be reached: connection refused"), "\(text)")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["http://reg.test/v2/", "https://reg.test/v2/"])
    func `is named when it is silent`(url: String) async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        var configuration = configuration(proxies(port))
        // A tunnel is part of the connection; an answer through the proxy is not.
        let isTunnel = url.hasPrefix("https")
        configuration.connectTimeout = isTunnel ? .milliseconds(300) : .seconds(10)
        configuration.firstAnswerTimeout = isTunnel ? .seconds(10) : .milliseconds(300)
        let error = await failure(url, configuration)
        try await silent.close()
        #expect(error?.code == (isTunnel ? .proxyUnreachable : .timedOut))
        #expect(error?.description.contains("the proxy http://127.0.0.1:\(port) (HTTP") == true)
    }

    @Test func `ends the search for the scheme of a port`() async throws {
        try await ScriptedServer.withServer({ _ in .init(407) }) { proxy in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await withTransport(configuration(proxies(proxy.port))) {
                    try await $0.baseURL(host: "reg.test", port: 5000)
                }
            }
            #expect(error?.code == .proxyRefused)
            #expect(proxy.lines == ["CONNECT reg.test:5000"])
        }
    }

    @Test(arguments: [
        "", "\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 407",
        "HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\nHTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nnot TLS at all, which is why it ends here",
        "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 99999999999999999999 Huge\r\n\r\n",
    ])
    func `answers with anything`(text: String) async throws {
        try await ScriptedServer.withServer({ _ in .init(200, ending: .raw(Array(text.utf8))) }) { proxy in
            #expect(await failure("https://reg.test/v2/", configuration(proxies(proxy.port))) != nil)
            _ = await #expect(throws: HTTPTransportError.self) {
                try await withTransport(configuration(proxies(proxy.port, user: nil, scheme: "socks5"))) {
                    try await $0.collect(.init(.get, HTTPURL("https://reg.test/v2/")), upTo: 100)
                }
            }
        }
    }
}
