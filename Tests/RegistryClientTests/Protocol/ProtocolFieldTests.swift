import Testing

@testable import RegistryClient

struct ProtocolFieldTests {
    @Test(
        arguments: [
            (["</v2/a/tags/list?last=x&n=2>; rel=\"next\""], "/v2/a/tags/list?last=x&n=2"),
            (["<https://h/a,b>; rel=next"], "https://h/a,b"),
            (["<a>; rel=\"prev\", <b>; title=\"x, <y>; rel=next\"; rel=\"last next\""], "b"),
            (["<a>; rel=\"prev\"", "<b>;rel = \"NEXT\""], "b"),
            (["<a>; rel=\"prev\""], nil), (["<a"], nil), ([""], nil), ([], nil), (["<a>"], nil),
        ] as [([String], String?)]
    )
    func `finds the next page`(values: [String], expected: String?) {
        #expect(LinkField.next(in: values) == expected)
    }

    @Test(
        arguments: [
            ("bytes 5-9/10", 5, 10), ("Bytes 0-0/1", 0, 1), ("bytes 5-9/*", 5, nil),
        ] as [(String, Int64, Int64?)]
    )
    func `reads a range`(text: String, first: Int64, total: Int64?) {
        let range = ContentRange(text)
        #expect(range?.first == first)
        #expect(range?.total == total)
    }

    @Test(arguments: [
        "", "bytes", "bytes */10", "bytes 9-5/10", "bytes 5-9/9", "items 0-1/2", "bytes -1-2/5", "bytes 1-2",
    ])
    func `takes nothing else for a range`(text: String) {
        #expect(ContentRange(text) == nil)
    }

    @Test(
        arguments: [
            (#"{"errors":[{"code":"DENIED","message":"not\nallowed"},{"code":"X"}]}"#, nil, "DENIED: not allowed; X"),
            (#"{"errors":[]}"#, nil, nil), ("<html>", "text/html", nil),
            ("too  much\r\n", "text/plain; charset=x", "too  much"),
            ("", "text/plain", nil),
            ("a\u{1b}[31m\tb\u{9b}c\u{202e}d\u{2028}e\u{a0}f", "text/plain", "a[31m bcd e f"),
        ] as [(String, String?, String?)]
    )
    func `reads what a registry says`(body: String, type: String?, expected: String?) {
        #expect(
            RegistryErrorDocument(bytes: Array(body.utf8), contentType: type).text(hiding: KnownSecrets()) == expected
        )
    }

    @Test func `bounds what a registry says`() {
        let text = RegistryErrorDocument(bytes: Array(repeating: 0x61, count: 9_000), contentType: "text/plain")
            .text(hiding: KnownSecrets())
        #expect(text?.count == 301)
    }
}
