import ArgumentParser
import Testing

@testable import FerryCommands

@Suite("Sizes and spans as users write them")
struct OptionValueTests {
    @Test(
        arguments: [
            ("1.7GB", 1_700_000_000), ("4GiB", 4_294_967_296), ("4095MiB", 4_293_918_720), ("1000", 1000), ("0", 0),
            ("10 MB", 10_000_000), ("1tib", 1_099_511_627_776), ("2k", 2000), ("512B", 512),
        ] as [(String, Int64)]
    )
    func sizes(text: String, bytes: Int64) {
        #expect(ByteSize(argument: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "GB", "-1", "1.2.3GB", "1 XB", "nan", "inf", "99999999TB", "1e30"])
    func badSizes(text: String) {
        #expect(ByteSize(argument: text) == nil)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1_740_000_000, "1.74 GB"), (30_800_000, "30.8 MB"),
            (999_999, "1.00 MB"), (120_000_000_000, "120 GB"),
        ] as [(Int64, String)]
    )
    func sizesAreShownWithThreeDigits(bytes: Int64, text: String) {
        #expect(ByteSize.text(bytes) == text)
    }

    @Test(
        arguments: [
            ("500ms", 500), ("2s", 2000), ("10m", 600_000), ("1h30m", 5_400_000), ("3", 3000), ("0", 0), ("0.5s", 500),
        ] as [(String, Int64)]
    )
    func spans(text: String, milliseconds: Int64) {
        #expect(TimeSpan(argument: text)?.duration == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "m", "-1s", "1y", "1s2", "nan", "999999h"])
    func badSpans(text: String) {
        #expect(TimeSpan(argument: text) == nil)
    }

    @Test(
        "--max-nested-paths below 0 is refused by every command that has it",
        arguments: [
            ["mirror", "-c", "isc.yaml", "docker://mirror.lab"], ["plan", "-c", "isc.yaml", "docker://mirror.lab"],
            ["verify", "--lock", "lock.json", "docker://mirror.lab"], ["doctor", "docker://mirror.lab"],
            ["inventory", "docker://mirror.lab"],
            ["resources", "--lock", "lock.json", "-o", "out", "docker://mirror.lab"],
        ]
    )
    func nestedPaths(words: [String]) throws {
        _ = try FerryCommand.parseAsRoot(words + ["--max-nested-paths", "2"])
        let error = #expect(throws: (any Error).self) {
            try FerryCommand.parseAsRoot(words + ["--max-nested-paths=-1"])
        }
        #expect(error.map { FerryCommand.message(for: $0) } == "--max-nested-paths must be 0 or more")
    }
}
