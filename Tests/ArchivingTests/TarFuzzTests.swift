import Foundation
import SeededRandom
import Testing

@testable import Archiving

@Suite("Damaged archives")
struct TarFuzzTests {
    @Test("Each damaged archive ends in entries or an error, and never in a trap", arguments: 0..<4)
    func fuzz(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        var originals = try ["gnu.tar", "pax.tar", "sparse.tar", "one-file.tar.zst"].map {
            Array(try Data(contentsOf: fixtures.appending(path: $0)))
        }
        originals.append(
            try TarWriter.archive(compression: .gzip(level: 6)) { tar in
                try tar.addDirectory("release-manifests", mode: 0o777)
                try tar.addFile("release-manifests/image-references", mode: 0o444, content: Array("{}".utf8))
            }
        )
        for _ in 0..<150 {
            guard var bytes = originals.randomElement(using: &generator), !bytes.isEmpty else { continue }
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0..<600, using: &generator)))
                default: bytes.insert(contentsOf: generator.bytes(Int.random(in: 1..<20, using: &generator)), at: place)
                }
            }
            do {
                let reader = try TarReader(ByteInput(bytes), limits: TarLimits())
                var entries = 0
                while try reader.next() != nil {
                    _ = try reader.readAll(upTo: 1 << 20)
                    entries += 1
                }
                #expect(entries < 100_000)
            } catch is ArchivingError {
                // Being refused is one of the two right ends.
            }
        }
    }
}
