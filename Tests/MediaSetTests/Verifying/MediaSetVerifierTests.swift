import Foundation
import OCIModel
import SeededRandom
import Testing

@testable import MediaSet

@Suite struct MediaSetVerifierTests {
    @Test func intactSetsAreIntact() async throws {
        let sample = try SampleSet([[5_000_000, 3000], [0, 70_000]], algorithm: .sha512)
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000))
            var last: Int64 = 0
            var calls = 0
            let report = try await MediaSetVerifier.verify(folders: [folder]) { done, total in
                #expect(done > last && total == finished.totalSize)
                last = done
                calls += 1
            }
            #expect(report.isIntact, "\(report.problems) \(report.damagedBlobs)")
            #expect(report.bytes == finished.totalSize)
            #expect(last == finished.totalSize && calls >= finished.volumes.count)
            #expect(report.damagedVolumes.isEmpty && report.hurtImages.isEmpty)
        }
    }

    @Test func aFlippedBitIsNamedWithItsImage() async throws {
        let sample = try SampleSet([[50_000], [60_000]])
        let layout = try sample.layout()
        try await withScratchFolder { folder in
            let volume = try await sample.write(to: folder).volumes[0]
            let index = try #require(sample.blobs.firstIndex { $0.size == 60_000 })
            try edit(volume) {
                $0[Int(layout.pieces(of: index)[layout.pieces(of: index).startIndex].dataOffset) + 30_000] ^= 4
            }
            let report = try await MediaSetVerifier.verify(folders: [folder])
            #expect(!report.isIntact)
            #expect(report.problems.isEmpty)
            #expect(report.damagedVolumes == [1])
            #expect(report.damagedBlobs.map(\.digest) == [sample.blobs[index].digest])
            #expect(report.hurtImages.map(\.origin) == [sample.images[1].origin])
        }
    }

    @Test func aFlippedBitInAPieceBlamesItsVolume() async throws {
        let sample = try SampleSet([[5_000_000]])
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000)).volumes
            try edit(volumes[1]) { $0[$0.count / 2] ^= 1 }
            let report = try await MediaSetVerifier.verify(folders: [folder])
            #expect(report.damagedVolumes == [2])
            #expect(report.damagedBlobs.map(\.digest) == [sample.blobs[0].digest])
            #expect(report.hurtImages.count == 1)
        }
    }

    @Test func everyFlippedBitIsFound() async throws {
        let sample = try SampleSet([[3000, 500]])
        try await withScratchFolder { folder in
            let volume = try await sample.write(to: folder).volumes[0]
            let good = try contents(volume)
            var generator = SeededGenerator(seed: 3)
            for _ in 0..<150 {
                var bytes = good
                let bit = Int.random(in: 0..<(8 * bytes.count), using: &generator)
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                try Data(bytes).write(to: URL(filePath: volume))
                do {
                    let report = try await MediaSetVerifier.verify(folders: [folder])
                    #expect(!report.isIntact, "bit \(bit) of \(8 * good.count)")
                    #expect(report.damagedVolumes == [1])
                } catch let error as MediaSetError {
                    #expect(error.code == .damagedVolumes || error.code == .noSet)
                }
            }
        }
    }

    @Test func truncatedAndMissingVolumes() async throws {
        let sample = try SampleSet([[5_000_000], [100_000]])
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000)).volumes
            try FileManager.default.removeItem(atPath: volumes[0])
            try edit(volumes[2]) { $0.removeLast($0.count / 2) }
            let report = try await MediaSetVerifier.verify(folders: [folder])
            #expect(report.damagedVolumes == [1, 3])
            #expect(Set(report.problems.map(\.kind)).isSuperset(of: [.missing, .truncated]))
            #expect(report.damagedBlobs.contains { $0.digest == sample.blobs[0].digest && $0.volumes.contains(1) })
        }
    }

    @Test func theReportIsJSON() async throws {
        let sample = try SampleSet([[1000]])
        try await withScratchFolder { folder in
            try await sample.write(to: folder)
            let report = try await MediaSetVerifier.verify(folders: [folder])
            let text = try DocumentCoding.compact(report)
            #expect(try JSONDecoder().decode(MediaSetVerification.self, from: Data(text)) == report)
        }
    }
}
