import Testing

@testable import HTTPTransport

@Suite("What hosts say about how many requests they accept")
struct RateAllowanceTests {
    @Test(
        "all forms are read",
        arguments: [
            (["RateLimit-Limit": "100", "RateLimit-Remaining": "5", "RateLimit-Reset": "30"], 5, 100, 30),
            (["ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600"], 76, 100, 21_600),
            (["RateLimit": "limit=10, remaining=4, reset=7"], 4, 10, 7),
            (["RateLimit": "\"default\";r=50;t=30", "RateLimit-Policy": "\"default\";q=100;w=60"], 50, 100, 30),
            (["RateLimit": "\"default\";r=50", "RateLimit-Policy": "\"default\";q=100;w=60"], 50, 100, 60),
            (["RateLimit-Limit": "600", "RateLimit-Remaining": "599", "RateLimit-Reset": "1700000060"], 599, 600, 60),
            (["X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1699999999"], 0, 60, 0),
            (["RateLimit-Remaining": "3"], 3, nil, nil),
            (["RateLimit-Limit": "10, 10;w=1, 50;w=60", "RateLimit-Remaining": "9", "RateLimit-Reset": "1"], 9, 10, 1),
        ] as [([String: String], Int64, Int64?, Int64?)]
    )
    func reads(fields: [String: String], remaining: Int64, limit: Int64?, seconds: Int64?) {
        let found = RateAllowance(Self.fields(fields), unixSeconds: 1_700_000_000)
        #expect(found == RateAllowance(remaining: remaining, limit: limit, window: seconds.map { .seconds($0) }))
    }

    @Test(
        "nonsense says nothing",
        arguments: [
            [:], ["RateLimit-Remaining": "many"], ["RateLimit-Remaining": "-1"], ["RateLimit-Limit": "100"],
            ["RateLimit-Remaining": "99999999999999999999"], ["RateLimit": ";;,,==r"], ["RateLimit-Remaining": ""],
        ] as [[String: String]]
    )
    func refuses(fields: [String: String]) {
        #expect(RateAllowance(Self.fields(fields), unixSeconds: 0) == nil)
    }

    @Test("numbers beyond reason do not trap")
    func large() {
        let text = "\(Int64.max)"
        let fields = ["RateLimit-Remaining": text, "RateLimit-Limit": text, "RateLimit-Reset": text]
        let found = RateAllowance(Self.fields(fields), unixSeconds: 5)
        #expect(found?.window == .seconds(1_000_000_000))
    }

    private static func fields(_ all: [String: String]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in all { fields.add(name, value) }
        return fields
    }
}
