import SeededRandom
import Testing

@testable import Releases

@Suite struct ReleaseMarkerTests {
    private static func area(_ marker: ReleaseMarker, run: Int) -> [UInt8] {
        Array("\0\(marker.rawValue)\0".utf8) + [UInt8](repeating: UInt8(ascii: "X"), count: run) + [0]
    }

    /// A program with areas of the lengths that real ones have, near-misses before and behind them.
    private static let program: [UInt8] =
        Array("\u{7f}ELF\0\0_RELEASE_IMAGE_LOCATION_\0tail\0_RELEASE_\0_RELEASE_VERSION_LOCATION_\0XXXX\0".utf8)
        + area(.image, run: 300) + area(.version, run: 64)
        + Array("\0_RELEASE_ARCHITECTURE_LOCATION_".utf8) + area(.architecture, run: 64)
        + Array("\0_RELEASE_IMAGE_LOCATION_\0XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX!\0".utf8)
        + area(.version, run: 64).dropLast()

    private func scan(_ bytes: [UInt8], _ sizes: some Sequence<Int>) -> [ReleaseMarkerArea] {
        var scanner = ReleaseMarkerScanner()
        var areas: [ReleaseMarkerArea] = []
        var rest = bytes[...]
        for size in sizes where !rest.isEmpty {
            Array(rest.prefix(size)).withUnsafeBytes { areas += scanner.scan($0) }
            rest = rest.dropFirst(size)
        }
        Array(rest).withUnsafeBytes { areas += scanner.scan($0) }
        return areas
    }

    private var expected: [ReleaseMarkerArea] {
        var offset = Int64(
            "\u{7f}ELF\0\0_RELEASE_IMAGE_LOCATION_\0tail\0_RELEASE_\0_RELEASE_VERSION_LOCATION_\0XXXX\0".utf8.count
        )
        var areas: [ReleaseMarkerArea] = []
        for (marker, run) in [(ReleaseMarker.image, 300), (.version, 64), (.architecture, 64)] {
            if marker == .architecture { offset += Int64("\0_RELEASE_ARCHITECTURE_LOCATION_".utf8.count) }
            let length = Self.area(marker, run: run).count
            areas.append(ReleaseMarkerArea(marker: marker, offset: offset, length: length))
            offset += Int64(length)
        }
        return areas
    }

    @Test func findsAreasOfAnyCutIntoTwo() {
        for cut in 0...Self.program.count {
            #expect(scan(Self.program, [cut]) == expected, "cut at \(cut)")
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 301])
    func findsAreasInChunksOfOneSize(size: Int) {
        #expect(scan(Self.program, repeatElement(size, count: Self.program.count)) == expected)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func findsAreasInAnyChunks(seed: UInt64) {
        var random = FuzzSeed.generator(seed)
        for _ in 0..<20 {
            let sizes = (0..<200).map { _ in Int.random(in: 1...40, using: &random) }
            #expect(scan(Self.program, sizes) == expected)
        }
    }

    @Test func neighboursMayShareTheirNulByte() {
        let both = Self.area(.image, run: 300).dropLast() + Self.area(.version, run: 64)
        #expect(scan(Array(both), [5]).map(\.marker) == [.image, .version])
    }

    @Test func runsHaveBounds() {
        #expect(scan(Self.area(.image, run: ReleaseMarkerScanner.shortestRun - 1), []).isEmpty)
        #expect(scan(Self.area(.image, run: ReleaseMarkerScanner.longestRun), []).count == 1)
        #expect(scan(Self.area(.image, run: ReleaseMarkerScanner.longestRun + 1), []).isEmpty)
        #expect(
            scan(Self.area(.image, run: 100_000) + Self.area(.version, run: 64), [99, 7]).map(\.marker) == [.version]
        )
    }

    @Test func valuesFitOrAreRefused() {
        let area = ReleaseMarkerArea(marker: .version, offset: 0, length: 8)
        #expect(area.bytes(for: "1234567") == Array("1234567\0".utf8))
        #expect(area.bytes(for: "12345678") == nil)
        #expect(area.bytes(for: "") == nil)
        #expect(area.bytes(for: "1\u{0}2") == nil)
    }
}
