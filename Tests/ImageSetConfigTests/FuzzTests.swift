import Foundation
import SeededRandom
import Testing

@testable import ImageSetConfig

@Suite("Damaged configurations")
struct FuzzTests {
    private static let pieces = [
        "*a", "&a ", "<<: *a", "? ", ": ", "- ", "{", "}", "[", "]", "\"", "'", "|\n", ">\n", "---\n", "...\n",
        "!!int ",
        "!!str ", "\t", "#", "%", "@", "~", "null", "yes", "4.15", "-1", "99999999999999999999", "\r", "\u{FEFF}",
        "\u{85}", "\u{2028}", "\u{F8FF}", "\u{0}", "é", "name: ", "channels:\n", "mirror:\n", "delete:\n", "@sha256:",
        "(",
        "\\1", "oci://", "://", "a{1001}", ",",
    ].map { Array($0.utf8) }

    /// Four runs beside each other make ten thousand files.
    @Test("Each damaged file gives a configuration or errors, and never a trap", arguments: 0..<4)
    func fuzz(_ run: Int) throws {
        var generator = FuzzSeed.generator(UInt64(2_026 + run))
        let files = Folders.configurations(Folders.fixtures) + Folders.configurations(Folders.examples)
        var originals = try files.map { Array(try Data(contentsOf: $0)) }.filter { $0.count < 2000 }
        originals.append(
            Array("kind: ImageSetConfiguration\nmirror: {blockedImages: [{name: 'a(b|c)*[d-e]{2}'}]}".utf8)
        )
        var (accepted, refused) = (0, 0)
        for _ in 0..<2500 {
            guard var bytes = originals.randomElement(using: &generator) else { continue }
            for _ in 0..<Int.random(in: 1...4, using: &generator) { Self.mutate(&bytes, using: &generator) }
            do {
                _ = try ImageSetConfiguration.load(bytes: bytes, fileName: "fuzz.yaml")
                accepted += 1
            } catch {
                refused += 1
                let hasError = error.diagnostics.contains { $0.severity == .error }
                let isPlaced = error.diagnostics.allSatisfy {
                    $0.location >= .start && $0.width > 0 && !$0.message.isEmpty
                }
                if !hasError || !isPlaced || refused.isMultiple(of: 20) && error.rendered().isEmpty {
                    Issue.record("no proper diagnostics for \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                    return
                }
            }
        }
        #expect(accepted > 50)
        #expect(refused > 500)
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: index)
        case 3: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...40, using: &generator)))
        case 4: bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: index)
        default:
            // Lines are doubled, dropped or moved.
            var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let (from, to) = (
                Int.random(in: 0..<lines.count, using: &generator), Int.random(in: 0..<lines.count, using: &generator)
            )
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: lines.insert(lines[from], at: to)
            case 1: lines.remove(at: from)
            default: lines.swapAt(from, to)
            }
            bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
        }
    }
}
