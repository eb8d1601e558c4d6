import Testing

@testable import HTTPTransport

struct HTTPURLTests {
    @Test(arguments: [
        ("https://quay.io", "https://quay.io/"),
        ("HTTPS://Quay.IO:443/v2/?a=b%2Fc", "https://quay.io/v2/?a=b%2Fc"),
        ("http://localhost:5000/v2/x?_state=a==&b=", "http://localhost:5000/v2/x?_state=a==&b="),
        ("http://[::1]:5000/v2/", "http://[::1]:5000/v2/"),
        ("https://h/a b?c=é#top", "https://h/a%20b?c=%C3%A9"),
        ("https://h?q", "https://h/?q"),
    ])
    func `keeps what it is given`(text: String, expected: String) throws {
        #expect(try HTTPURL(text).text == expected)
    }

    @Test(arguments: [
        "quay.io/v2/", "ftp://h/", "https://", "https://user:pw@h/", "https://h:0/", "https://h:65536/", "https://h:x/",
        "http://[::1/", "https://a b/",
    ])
    func `refuses what cannot be asked`(text: String) {
        let error = #expect(throws: HTTPTransportError.self) { try HTTPURL(text) }
        #expect(error?.code == .invalidURL)
        #expect(error?.description.contains("pw") == false)
    }

    @Test(arguments: [
        ("/v2/a/uploads/1?s=x", "https://r:5000/v2/a/uploads/1?s=x"),
        ("next?n=2", "https://r:5000/v2/a/tags/next?n=2"),
        ("?n=2", "https://r:5000/v2/a/tags/list?n=2"),
        ("../blobs/./x", "https://r:5000/v2/a/blobs/x"),
        ("/../..", "https://r:5000/"),
        ("//cdn/x", "https://cdn/x"),
        ("https://cdn.example/x?sig=%2F", "https://cdn.example/x?sig=%2F"),
        ("http://r:5000/v2/x", "https://r:5000/v2/x"),
        // Without a port it means another port than the one that was asked: it stays as it is.
        ("http://r/v2/x", "http://r/v2/x"),
        ("http://other/v2/x", "http://other/v2/x"),
        ("", "https://r:5000/v2/a/tags/list?last=q"),
    ])
    func `resolves locations`(reference: String, expected: String) throws {
        let base = try HTTPURL("https://r:5000/v2/a/tags/list?last=q")
        #expect(try base.resolving(reference).text == expected)
    }

    @Test func `keeps TLS when a server behind a proxy calls itself http`() throws {
        let base = try HTTPURL("https://r.example/v2/")
        #expect(try base.resolving("http://r.example/v2/u?x=1").text == "https://r.example/v2/u?x=1")
    }

    @Test func `adds to a query and shows none`() throws {
        let url = try HTTPURL("https://r/u?_state=secret").adding(query: "digest", "sha256:ab+c")
        #expect(url.text == "https://r/u?_state=secret&digest=sha256:ab%2Bc")
        #expect(try HTTPURL("https://r/u").adding(query: "a", "b").text == "https://r/u?a=b")
        #expect(!url.description.contains("secret"))
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("127.0.0.1.example", false),
        ("10.0.0.1", false),
    ])
    func `knows this machine`(host: String, expected: Bool) {
        #expect(HTTPOrigin.isLoopback(host: host) == expected)
    }
}
