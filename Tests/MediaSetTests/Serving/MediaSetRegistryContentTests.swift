import ImageStorage
import NIOCore
import OCIModel
import Testing

@testable import MediaSet

@Suite struct MediaSetRegistryContentTests {
    @Test func showsRepositoriesTagsAndBytes() async throws {
        let sample = try SampleSet([[100_000], [200]])
        try await withScratchFolder { folder in
            try await sample.write(to: folder)
            let content = try await MediaSetRegistryContent(MediaSetReader.open(folders: [folder]))
            let path = sample.images[0].destination
            let other = try RepositoryPath("other")
            let blob = sample.blobs[0]
            #expect(try await content.repositories() == sample.images.map(\.destination))
            #expect(try await content.hasRepository(path))
            #expect(try await !content.hasRepository(other))
            #expect(try await content.tags(in: path) == [Tag("v1")])
            #expect(try await content.tags(in: other).isEmpty)
            #expect(try await content.manifest(.tag(Tag("v1")), in: path)?.bytes == sample.documents[0].bytes)
            #expect(try await content.manifest(.digest(sample.documents[0].digest), in: other) == nil)
            #expect(try await content.blobSize(blob.digest, in: path) == 100_000)
            #expect(try await content.blobSize(sample.documents[0].digest, in: other) == nil)
            let part = try await content.withBlob(blob.digest, in: path, range: 10..<1010) { stream in
                var bytes: [UInt8] = []
                for try await chunk in stream { bytes += chunk.readableBytesView }
                return bytes
            }
            #expect(part == sample.bytes[blob.digest].map { Array($0[10..<1010]) })
            await #expect(throws: MediaSetError.self) {
                try await content.withBlob(blob.digest, in: path, range: 10..<100_001) { _ in }
            }
            await #expect(throws: ImageStorageError.self) {
                try await content.withBlob(blob.digest, in: other, range: 0..<1) { _ in }
            }
        }
    }
}
