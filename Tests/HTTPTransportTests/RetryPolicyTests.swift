import Testing

@testable import HTTPTransport

struct RetryPolicyTests {
    @Test(arguments: [
        (1, 0.5, Duration.milliseconds(250)), (2, 1, .seconds(1)), (4, 1, .seconds(4)), (7, 1, .seconds(30)),
        (3, 0, .zero),
    ])
    func `doubles up to the cap and throws the dice`(failures: Int, random: Double, expected: Duration) {
        #expect(RetryPolicy().delay(afterFailures: failures, retryAfter: nil, random: random) == expected)
    }

    @Test func `gives up after the last try`() {
        #expect(RetryPolicy().delay(afterFailures: 8, retryAfter: nil, random: 1) == nil)
        #expect(RetryPolicy(tries: 3).delay(afterFailures: 3, retryAfter: .seconds(1), random: 1) == nil)
        #expect(RetryPolicy(tries: 1000).delay(afterFailures: 999, retryAfter: nil, random: 1) == .seconds(30))
    }

    @Test func `obeys the server within reason`() {
        let policy = RetryPolicy()
        #expect(policy.delay(afterFailures: 1, retryAfter: .seconds(40), random: 0) == .seconds(40))
        #expect(policy.delay(afterFailures: 1, retryAfter: .seconds(40), random: 1) == .milliseconds(40_500))
        #expect(policy.delay(afterFailures: 1, retryAfter: .seconds(86_400), random: 0) == .seconds(900))
    }

    @Test func `starts over after progress`() {
        var budget = RetryBudget(RetryPolicy(tries: 3))
        let before = (0..<2).map { _ in budget.nextDelay(retryAfter: nil, random: 0) }
        budget.madeProgress()
        let after = (0..<3).map { _ in budget.nextDelay(retryAfter: nil, random: 0) }
        #expect(before == [.zero, .zero])
        #expect(after == [.zero, .zero, nil])
    }

    @Test(arguments: [
        ("120", Duration.seconds(120)), ("0", .zero), (" 7", .seconds(7)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)),
        ("Sunday, 06-Nov-94 08:50:07 GMT", .seconds(30)), ("Sun Nov  6 08:50:07 1994", .seconds(30)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", .zero),
        ("99999999999999999999999", .seconds(Int64(Int32.max))),
    ])
    func `reads Retry-After`(text: String, expected: Duration) {
        // 784111777 is Sun, 06 Nov 1994 08:49:37 GMT.
        #expect(RetryAfter.delay(text, unixSeconds: 784_111_777) == expected)
    }

    @Test(arguments: ["", "soon", "-5", "1.5", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"])
    func `takes no nonsense`(text: String) {
        #expect(RetryAfter.delay(text, unixSeconds: 0) == nil)
    }

    @Test(arguments: [
        ("Tue, 29 Feb 2028 00:00:00 GMT", 1_835_395_200 as Int64), ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
    ])
    func `knows the calendar`(text: String, expected: Int64) {
        #expect(HTTPDate.unixSeconds(text) == expected)
    }
}
