import Archiving
import FerryTestSupport
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import Synchronization
import Testing

@testable import SamplePayload

@Suite struct SampleReleaseTests {
    private func options(images: Int = 5, size: Int64 = 1_000_000) throws -> SampleReleaseOptions {
        var options = SampleReleaseOptions(registry: try RegistryName("registry.example.com:5000"))
        options.images = images
        options.totalSize = size
        return options
    }

    @Test func publishesAllImagesOfARelease() async throws {
        let store = MemoryImages()
        let release = try await SampleRelease(options()).publish(to: store)
        #expect(release.images == 6)
        #expect(release.components.map(\.name) == (1...5).map { "component-00\($0)" })
        #expect(release.payload.tag?.text == "4.18.1-x86_64")
        let repository = release.payload.repository.path
        #expect(repository.text == "openshift-release-dev/ocp-release")
        let payload = try #require(try await store.manifest(.tag(Tag("4.18.1-x86_64")), in: repository))
        #expect(payload.digest == release.payload.digest)
        for component in release.components {
            let digest = try #require(component.reference.digest)
            let path = component.reference.repository.path
            #expect(path.text == "openshift-release-dev/ocp-v4.0-art-dev")
            let image = try #require(try await store.manifest(.digest(digest), in: path))
            #expect(image.mediaType == .dockerManifest)
            #expect((3...5).contains(image.manifest.blobs.count - 1))
        }
        let sizes = store.content.withLock { content in
            Dictionary(content.blobs.values.flatMap { $0.mapValues(\.count) }) { first, _ in first }
        }
        #expect(release.blobs == sizes.count)
        #expect(release.distinctBytes == sizes.values.reduce(0) { $0 + Int64($1) })
        #expect((1_000_000...1_100_000).contains(release.distinctBytes))
    }

    /// The whole point of a sample: everybody has the same.
    ///
    /// A change of these values is a change of every sample.
    @Test func hasTheSameDigestsEverywhere() async throws {
        let release = try await SampleRelease(options()).publish(to: MemoryImages())
        #expect(
            release.payload.digest?.description
                == "sha256:c767cb098679bdfc5130e853944e75d64ddd896f84911dd0a547c4eef80019c2"
        )
        var other = try options()
        other.seed = 2
        let second = try await SampleRelease(other).publish(to: MemoryImages(mounts: false), concurrency: 1)
        #expect(second.payload.digest != release.payload.digest)
        let third = try await SampleRelease(options()).publish(to: MemoryImages(mounts: false), concurrency: 1)
        #expect(third.payload.digest == release.payload.digest)
    }

    @Test func writesNothingTwice() async throws {
        let store = MemoryImages()
        let first = try await SampleRelease(options()).publish(to: store)
        let writes = store.content.withLock { $0.writes }
        let second = try await SampleRelease(options()).publish(to: store)
        #expect(first.writtenBlobs == writes)
        #expect(second.writtenBlobs == 0)
        #expect(second.writtenBytes == 0)
        #expect(store.content.withLock { $0.writes } == writes)
        #expect(second.payload == first.payload)
    }

    @Test func makesListsForSeveralArchitectures() async throws {
        let store = MemoryImages()
        var options = try options(images: 3)
        options.isMultiArchitecture = true
        options.prefix = try RepositoryPath("mirror/of")
        let release = try await SampleRelease(options).publish(to: store)
        #expect(release.images == 8)
        #expect(release.payload.tag?.text == "4.18.1-multi")
        #expect(release.payload.repository.path.text == "mirror/of/openshift-release-dev/ocp-release")
        for reference in [release.payload] + release.components.map(\.reference) {
            let digest = try #require(reference.digest)
            let list = try #require(try await store.manifest(.digest(digest), in: reference.repository.path))
            #expect(list.mediaType == .dockerManifestList)
            #expect(list.manifest.children.map { $0.platform?.description } == ["linux/amd64", "linux/arm64"])
            for child in list.manifest.children {
                #expect(try await store.manifest(.digest(child.digest), in: reference.repository.path) != nil)
            }
        }
        #expect((1_000_000...1_100_000).contains(release.distinctBytes))
    }

    @Test func signsSomeImages() async throws {
        let store = MemoryImages()
        var options = try options()
        options.hasSignatures = true
        let release = try await SampleRelease(options).publish(to: store)
        let payloadTags = try await store.tags(in: release.payload.repository.path).map(\.text)
        let digest = try #require(release.payload.digest)
        #expect(payloadTags == ["4.18.1-x86_64", "sha256-\(digest.hex).sig"])
        let componentTags = try await store.tags(in: release.components[0].reference.repository.path).map(\.text)
        #expect(componentTags.count == 2)
        #expect(componentTags.allSatisfy { $0.hasSuffix(".sig") })
    }

    @Test(arguments: [(0, Int64(1)), (10_001, 1), (1, -1), (1, 1 << 46)])
    func refusesOptionsOutOfRange(images: Int, size: Int64) throws {
        var options = SampleReleaseOptions(registry: try RegistryName("localhost"))
        options.images = images
        options.totalSize = size
        #expect { try SampleRelease(options) } throws: { ($0 as? SamplePayloadError)?.code == .invalidOption }
    }

    @Test func hasTheShapeOfARealReleaseByDefault() throws {
        let options = SampleReleaseOptions(registry: try RegistryName("localhost"))
        let layout = SampleReleaseLayout(options, .amd64)
        // One payload layer and 191 configs come on top.
        #expect(layout.layers.count + 1 + 191 == 586)
        #expect(Set(layout.layers.map(\.name)).count == layout.layers.count)
        #expect(layout.base.contentBytes == 20_000_000)
        #expect(layout.images.count == 190)
        #expect(layout.images.allSatisfy { (3...5).contains($0.layers.count) && $0.layers[0] == layout.base })
        let bytes = layout.layers.reduce(0) { $0 + $1.contentBytes }
        #expect((1_735_000_000...1_744_000_000).contains(bytes))
        let own = layout.images.flatMap { $0.layers.dropFirst(2).map(\.contentBytes) }
        #expect(own.count == 387)
        let small = own.filter { (900_000...16_000_000).contains($0) }.count
        let large = own.filter { $0 >= 28_000_000 }.count
        #expect(small + large == own.count)
        #expect((2...15).contains(large))
        #expect(own.allSatisfy { $0 < 62_000_000 })
        #expect(Set(own).count > 300)
        #expect(own.sorted()[own.count / 2] < 3_000_000)
    }
}
