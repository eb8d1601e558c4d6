import Foundation
import SeededRandom
import Testing

@testable import TerminalProgress

@Suite("Texts for people")
struct TextTests {
    @Test(
        "Sizes have three significant digits and units of 1000",
        arguments: [
            (-5, "0 B"), (0, "0 B"), (1, "1 B"), (999, "999 B"), (1_000, "1.00 kB"), (1_004, "1.00 kB"),
            (1_005, "1.01 kB"), (9_994, "9.99 kB"), (9_995, "10.0 kB"), (61_000_000, "61.0 MB"),
            (99_949, "99.9 kB"), (99_950, "100 kB"), (999_499, "999 kB"), (999_500, "1.00 MB"),
            (999_999_999, "1.00 GB"), (1_740_000_000, "1.74 GB"), (120_400_000_000, "120 GB"),
            (6_750_000_000, "6.75 GB"), (1_000_000_000_000, "1.00 TB"), (Int64.max, "9.22 EB"),
        ] as [(Int64, String)]
    )
    func sizes(bytes: Int64, text: String) {
        #expect(SizeText.size(bytes) == text)
    }

    @Test("Sizes are right within half of the last digit, whatever the size")
    func sizesAreNear() throws {
        var generator = SeededGenerator(seed: 1)
        let powers: [String: Double] = [
            "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18,
        ]
        for _ in 0..<20_000 {
            let bytes = Int64.random(in: 0 ... .max, using: &generator) >> Int64.random(in: 0...62, using: &generator)
            let parts = SizeText.size(bytes).split(separator: " ")
            let number = try #require(Double(parts[0]))
            let unit = try #require(powers[String(parts[1])])
            #expect(abs(number * unit - Double(bytes)) <= Double(bytes) * 0.005_001)
            #expect(bytes < 1_000 || parts[0].filter(\.isNumber).count == 3, "\(bytes)")
        }
    }

    @Test(
        "Rates never fail",
        arguments: [(52.1e6, "52.1 MB/s"), (0, "0 B/s"), (-1, "0 B/s"), (.infinity, "0 B/s"), (.nan, "0 B/s")]
            as [(Double, String)]
    )
    func rates(rate: Double, text: String) {
        #expect(SizeText.rate(rate) == text)
    }

    @Test(
        "Durations have two units",
        arguments: [
            (-1, "0s"), (0, "0s"), (45, "45s"), (59, "59s"), (60, "1m 00s"), (62, "1m 02s"), (3_599, "59m 59s"),
            (3_600, "1h 00m"), (7_385, "2h 03m"), (86_399, "23h 59m"), (86_400, "1d 00h"), (273_600, "3d 04h"),
        ]
    )
    func durations(seconds: Int, text: String) {
        #expect(DurationText.duration(.seconds(seconds)) == text)
        #expect(seconds < 0 || DurationText.duration(.seconds(seconds) + .milliseconds(999)) == text)
    }

    @Test(
        "Foreign text cannot steer the terminal",
        arguments: [
            ("plain é 日本", "plain é 日本"), ("a\u{1b}[2Jb", "a [2Jb"), ("a\nb\rc\td", "a b c d"), ("a\r\nb", "a  b"),
            ("a\u{9b}b", "a b"), ("a\u{202e}b\u{2028}c", "a b c"), ("\u{7f}", " "),
        ]
    )
    func safety(text: String, safe: String) {
        #expect(LineText.safe(text) == safe)
    }

    @Test(
        "Text is cut to a width",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "ab..."), ("abcdef", 2, ".."), ("abcdef", 0, ""),
            ("日本語", 6, "日本語"), ("日本語", 5, "日..."), ("日本語", 4, "..."),
        ]
    )
    func fitting(text: String, columns: Int, fitted: String) {
        #expect(LineText.fitted(text, to: columns) == fitted)
        #expect(LineText.width(LineText.fitted(text, to: columns)) <= columns)
    }
}
