import DispatchLanes
import Foundation
import ImageStorage
import NIOCore
import OCIModel
import Testing

@testable import MediaSet

@Suite struct ServedBlobTests {
    @Test func allowanceIsGivenOutOnceAndTakenBack() {
        let allowance = ReadAllowance(bytes: 1000 << 10)
        #expect(allowance.take(ReadAllowance.small) == 0)
        #expect(allowance.take(512 << 10) == 512 << 10)
        #expect(allowance.take(512 << 10) == 0)
        #expect(allowance.take(256 << 10) == 256 << 10)
        allowance.give(back: 512 << 10)
        #expect(allowance.take(512 << 10) == 512 << 10)
    }

    @Test func chunksGrowAsFarAsTheAllowanceGoesAndItIsGivenBack() async throws {
        let sample = try SampleSet([[4_000_000]])
        try await withScratchFolder { folder in
            try await sample.write(to: folder)
            let reader = try await MediaSetReader.open(folders: [folder])
            let blob = try #require(reader.blob(sample.blobs[0].digest))
            for (room, largest) in [(0, 32 << 10), (128 << 10, 64 << 10), (4 << 20, 512 << 10)] {
                let allowance = ReadAllowance(bytes: room)
                var sizes: [Int] = []
                do {
                    let served = try ServedBlob(blob, 0..<4_000_000, of: reader, allowance)
                    while let chunk = try await served.next() { sizes.append(chunk.readableBytes) }
                }
                // The last job on its lane lets go of it a moment after its result has come.
                for _ in 0..<4 { try await reader.lanes.run {} }
                #expect(sizes.reduce(0, +) == 4_000_000)
                #expect(sizes.first == 32 << 10)
                #expect(sizes.max() ?? 0 <= largest)
                #expect(allowance.take(max(room, 1)) == (room > ReadAllowance.small ? room : 0), "all is given back")
            }
        }
    }

    @Test(arguments: [0, 2_000_000, 3_999_999])
    func damagedBlobNeverEndsWhateverByteIsWrong(_ position: Int) async throws {
        let sample = try SampleSet([[4_000_000]])
        try await withScratchFolder { folder in
            let volume = try await sample.write(to: folder).volumes[0]
            let content = try await MediaSetRegistryContent(MediaSetReader.open(folders: [folder]))
            let digest = sample.blobs[0].digest
            let bytes = try #require(sample.bytes[digest])
            let file = try #require(FileHandle(forUpdatingAtPath: volume))
            let whole = try #require(try file.readToEnd())
            let start = try #require(whole.range(of: Data(bytes))).lowerBound
            try file.seek(toOffset: UInt64(start + position))
            try file.write(contentsOf: Data([bytes[position] ^ 1]))
            try file.close()
            let path = sample.images[0].destination
            var received = 0
            let error = await #expect(throws: MediaSetError.self) {
                try await content.withBlob(digest, in: path, range: 0..<4_000_000) { stream in
                    while let chunk = try await stream.next() { received += chunk.readableBytes }
                }
            }
            #expect(error?.code == .digestMismatch)
            #expect(received < 4_000_000)
            await #expect(throws: MediaSetError.self) { try await content.blobSize(digest, in: path) }
        }
    }
}
