import HTTPTestSupport
import HTTPTransport
import Testing

@testable import RegistryClient

struct TokenTests {
    private let key = TokenCache.Key(realm: "https://r/", service: nil, scopes: [], account: nil)

    @Test(arguments: [
        (#"{"token":"t"}"#, "t", Duration.seconds(60)),
        (#"{"access_token":"a","expires_in":300}"#, "a", .seconds(300)),
        (#"{"token":"","access_token":"a","expires_in":0}"#, "a", .seconds(60)),
        (#"{"token":"t","expires_in":-5}"#, "t", .seconds(60)), (#"{"token":"t","expires_in":0.5}"#, "t", .seconds(1)),
        (#"{"token":"t","expires_in":[1],"issued_at":7}"#, "t", .seconds(60)),
        (#"{"token":"t","expires_in":"300"}"#, "t", .seconds(300)),
        (#"{"token":"t","expires_in":"nan"}"#, "t", .seconds(60)),
        (#"{"token":"t","expires_in":1e300}"#, "t", .seconds(31_536_000)),
    ])
    func `reads a token`(json: String, token: String, lifetime: Duration) throws {
        let document = try #require(TokenDocument(Array(json.utf8)))
        #expect(document.token == token)
        #expect(document.lifetime == lifetime)
    }

    @Test(
        arguments: [
            ("2026-01-02T03:00:00Z", 300, "Fri, 02 Jan 2026 03:04:00 GMT", 60),
            ("2026-01-02T03:00:00.5Z", 300, "Fri, 02 Jan 2026 03:00:00 GMT", 300),
            ("2026-01-02T03:00:00Z", 300, "Fri, 02 Jan 2026 09:00:00 GMT", 10),
            ("2026-01-02T03:00:00Z", 2, "Fri, 02 Jan 2026 09:00:00 GMT", 2),
            ("2026-01-02T03:00:00Z", 300, nil, 300), ("yesterday", 300, "Fri, 02 Jan 2026 03:04:00 GMT", 300),
            ("2026-01-02T03:00:00Z", 300, "today", 300),
        ] as [(String, Int, String?, Int)]
    )
    func `counts a token's age by the service's own clock`(issued: String, stated: Int, date: String?, rest: Int) throws
    {
        let json = #"{"token":"t","expires_in":\#(stated),"issued_at":"\#(issued)"}"#
        #expect(try #require(TokenDocument(Array(json.utf8), date: date)).lifetime == .seconds(rest))
    }

    @Test(arguments: ["", "[]", "{}", #"{"token":"a\r\nX: y"}"#, #"{"token":5}"#])
    func `takes nothing else for a token`(json: String) {
        #expect(TokenDocument(Array(json.utf8)) == nil)
    }

    @Test func `renews before the end`() async throws {
        let clock = SteppedTime()
        let cache = TokenCache(now: clock.time.now)
        let fetches = Counter()
        let get = {
            try await cache.token(for: key, rejected: nil) {
                TokenCache.Token("t\(fetches.next())", requested: clock.time.now(), lifetime: .seconds(300))
            }
        }
        #expect(try await get() == "t0")
        clock.advance(by: .seconds(269))
        #expect(try await get() == "t0")
        clock.advance(by: .seconds(1))
        #expect(try await get() == "t1")
    }

    @Test func `does not give a refused token again`() async throws {
        let cache = TokenCache(now: { .zero })
        let fetches = Counter()
        let get = { (rejected: String?) in
            try await cache.token(for: key, rejected: rejected) {
                TokenCache.Token("t\(fetches.next())", requested: .zero, lifetime: .seconds(300))
            }
        }
        #expect(try await get(nil) == "t0")
        #expect(try await get("t0") == "t1")
        // Another task was refused with the first token: the second is good for it.
        #expect(try await get("t0") == "t1")
    }

    @Test func `is asked for once at a time`() async throws {
        let cache = TokenCache(now: { .zero })
        let fetches = Counter()
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await cache.token(for: key, rejected: nil) {
                        await Task.yield()
                        return TokenCache.Token("t\(fetches.next())", requested: .zero, lifetime: .seconds(300))
                    }
                }
            }
            for try await token in group { #expect(token == "t0") }
        }
        #expect(fetches.count == 1)
    }

    @Test func `shares a failure among those who wait, and asks again later`() async throws {
        struct Failure: Error {}
        let cache = TokenCache(now: { .zero })
        let fetches = Counter()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await cache.token(for: key, rejected: nil) {
                            _ = fetches.next()
                            for _ in 0..<200 { await Task.yield() }
                            throw Failure()
                        }
                        return true
                    } catch { return !(error is Failure) }
                }
            }
            for try await isStrange in group { #expect(!isStrange) }
        }
        #expect(fetches.count < 20)
        let token = try await cache.token(for: key, rejected: nil) {
            TokenCache.Token("t", requested: .zero, lifetime: .seconds(1))
        }
        #expect(token == "t")
    }
}
