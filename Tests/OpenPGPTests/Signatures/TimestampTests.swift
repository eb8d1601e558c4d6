import Testing

@testable import OpenPGP

@Suite("Dates for people")
struct TimestampTests {
    @Test(
        "As date(1) has them",
        arguments: [
            (0, "1970-01-01 00:00:00 UTC"), (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"), (1_555_943_751, "2019-04-22 14:35:51 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"), (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (8_589_934_590, "2242-03-16 12:56:30 UTC"),
        ] as [(Int64, String)]
    )
    func text(seconds: Int64, text: String) {
        #expect(Timestamp.text(seconds) == text)
    }
}
