import Testing

@testable import HTTPTransport

struct ProxySettingsTests {
    private func proxy(_ environment: [String: String], _ url: String) throws -> ProxyAddress? {
        try ProxySettings(environment: environment).proxy(for: HTTPURL(url).origin)
    }

    @Test(arguments: [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("HTTP://Proxy.Example.com/", "http://proxy.example.com:80"),
        (" 10.0.0.1:8080 ", "http://10.0.0.1:8080"),
        ("http://[2001:db8::1]:3128/", "http://[2001:db8::1]:3128"),
        ("socks5://proxy", "socks5://proxy:1080"),
        ("socks5h://proxy:9050", "socks5://proxy:9050"),
        ("http://user:secret@proxy:1", "http://proxy:1"),
    ])
    func `read addresses`(value: String, shown: String) throws {
        let found = try #require(try proxy(["HTTPS_PROXY": value], "https://a.example.com"))
        #expect(found.description == shown)
        #expect(found.title == "the proxy \(shown) (HTTPS_PROXY)")
    }

    @Test(arguments: [
        ("http://user:pa%40ss%3A%2F@p:1", "user", "pa@ss:/"), ("http://user@p:1", "user", ""),
        ("http://a:b@c@p:1", "a", "b@c"), ("user:p:w@p:1", "user", "p:w"),
    ])
    func `read user names and passwords`(value: String, name: String, password: String) throws {
        let user = try #require(try proxy(["https_proxy": value], "https://a.example.com")?.user)
        #expect(user == .init(name: name, password: password))
    }

    @Test(arguments: [
        "https://user:S3CRET@proxy:443", "http://user:S3CRET@proxy:99999", "http://user:S3CRET@", "http://",
        "http://user:S3/CRET@proxy:3128", "http://user:1/S3CRET@proxy", "http://user:S3CRET%@proxy:1",
        "http://user:%zzS3CRET@proxy:1", "socks5://user:S3CRET@proxy", "socks4://S3CRET", "S3CRET://proxy",
        "ftp://proxy",
        "http://user:S3CRET@pro xy:1", "http://user:S3#CRET@proxy", "http://user:S3?CRET@proxy",
        "user:S3CRET:3128", "://proxy",
    ])
    func `refuse what is no address and show nothing of it`(value: String) throws {
        let error = #expect(throws: HTTPTransportError.self) { try proxy(["HTTPS_PROXY": value], "https://a.b") }
        #expect(error?.code == .invalidProxy)
        let text = "\(error.map { "\($0) \(String(reflecting: $0))" } ?? "")"
        #expect(text.contains("the variable HTTPS_PROXY"))
        #expect(!text.lowercased().contains("cret"), "\(text)")
        // Nobody who does not need it is stopped by it.
        #expect(try proxy(["HTTPS_PROXY": value], "http://a.b") == nil)
        #expect(try proxy(["HTTPS_PROXY": value, "NO_PROXY": "a.b"], "https://a.b") == nil)
    }

    @Test func `choose the variable`() throws {
        let all = [
            "HTTP_PROXY": "H:1", "http_proxy": "h:1", "HTTPS_PROXY": "S:1", "https_proxy": "s:2", "ALL_PROXY": "A:1",
            "all_proxy": "a:2",
        ]
        func chosen(_ url: String, without names: String...) throws -> String? {
            let proxy = try proxy(all.filter { !names.contains($0.key) }, url)
            return proxy.map { "\($0.variable) \($0.port)" }
        }
        #expect(try chosen("http://x.y") == "http_proxy 1")
        #expect(try chosen("http://x.y", without: "http_proxy") == "HTTP_PROXY 1")
        #expect(try chosen("https://x.y") == "https_proxy 2")
        #expect(try chosen("https://x.y", without: "https_proxy") == "HTTPS_PROXY 1")
        #expect(try chosen("https://x.y", without: "https_proxy", "HTTPS_PROXY") == "all_proxy 2")
        #expect(try chosen("http://x.y", without: "http_proxy", "HTTP_PROXY", "all_proxy") == "ALL_PROXY 1")
        #expect(try chosen("https://127.0.0.1:5000") == nil)
        #expect(try proxy(["https_proxy": " ", "HTTPS_PROXY": "p:1"], "https://x.y")?.variable == "HTTPS_PROXY")
        #expect(try proxy(["HTTP_PROXY": "p:1"], "https://x.y") == nil)
        #expect(try proxy(["HTTPS_PROXY": "p:1", "no_proxy": "y", "NO_PROXY": "z"], "https://x.z") != nil)
    }

    @Test func `show no password in dumps`() throws {
        let settings = ProxySettings(environment: ["HTTPS_PROXY": "http://user:S3CRET@p:1"])
        let proxy = try settings.proxy(for: HTTPURL("https://x.y").origin)
        var text = "\(settings) \(String(reflecting: proxy)) "
        dump(settings, to: &text)
        dump(proxy, to: &text)
        #expect(!text.contains("S3CRET"), "\(text)")
    }

    @Test func `refuse hosts that SOCKS has no place for`() throws {
        let host = String(repeating: "a", count: 300)
        #expect(throws: HTTPTransportError.self) { try proxy(["ALL_PROXY": "socks5://p"], "https://\(host)/") }
    }
}
