import Archiving
import FerryTestSupport
import ImageStorage
import OCIModel
import Synchronization
import Testing

@testable import Releases

/// Fails for one registry, and gives a store for all others.
private struct Doors: ImageSourceProvider {
    struct Closed: ContentFailure {
        let kind = ContentFailureKind.refused
        let description = "nobody may come in"
    }

    let store: any ImageSource
    let closed: RegistryName

    func source(for registry: RegistryName) throws -> any ImageSource {
        guard registry != closed else { throw Closed() }
        return store
    }
}

@Suite struct ComponentImagesTests {
    private static let digest = "sha256:" + String(repeating: "ab", count: 32)

    private func component(_ text: String = "quay.example.com/dev/parts@\(digest)") throws -> ReleaseComponent {
        let reference = try ImageReference(text)
        return ReleaseComponent(name: "cli", reference: reference, digest: try #require(reference.digest))
    }

    @Test(arguments: [
        ("quay.example.com/dev/release", [], ["quay.example.com/dev/parts"]),
        (
            "lab.example.com/ns/openshift/release-images", [],
            [
                "lab.example.com/ns/openshift/release", "lab.example.com/ns/openshift/release-images",
                "quay.example.com/dev/parts",
            ]
        ),
        (
            "lab.example.com/openshift/release-images", ["lab.example.com/openshift/release", "other.example.com/x"],
            [
                "lab.example.com/openshift/release", "other.example.com/x", "lab.example.com/openshift/release-images",
                "quay.example.com/dev/parts",
            ]
        ),
        ("lab.example.com/all", [], ["lab.example.com/all", "quay.example.com/dev/parts"]),
        ("quay.example.com/openshift/release-images", [], ["quay.example.com/dev/parts"]),
    ])
    func placesInOrder(payload: String, mirrors: [String], expected: [String]) throws {
        let places = ComponentPlaces(payload: try Repository(payload), mirrors: try mirrors.map { try Repository($0) })
        #expect(places.repositories(of: try component()).map(\.description) == expected)
    }

    @Test func aClosedMirrorDoesNotHideTheNextPlace() async throws {
        let made = try HandMadePayload()
        let image = try made.image([HandMadePayload.topLayer()])
        let component = try component("\(made.reference.repository)@\(image.digest)")
        let images = ComponentImages(
            of: made.reference,
            at: ComponentPlaces(payload: try Repository("lab.example.com/openshift/release-images")),
            from: Doors(store: made.store, closed: try RegistryName("lab.example.com")),
            platform: try Platform("linux/amd64")
        )
        let found = try await images.open(component)
        #expect(
            found.repository == made.reference.repository && found.digest == image.digest && found.layers.count == 1
        )
        await #expect {
            _ = try await images.open(try self.component("\(made.reference.repository)@\(Self.digest)"))
        } throws: { error in
            let error = error as? ReleasesError
            return error?.code == .componentMissing && error?.reason.contains("nobody may come in") == true
                && error?.reason.contains("\(made.reference.repository) does not have it") == true
        }
    }

    @Test func aListWithoutItsChildrenDoesNotHideTheNextPlace() async throws {
        let made = try HandMadePayload()
        let list = try made.index([(try made.image([HandMadePayload.topLayer()]), "linux/amd64")])
        let sparse = try RepositoryPath("openshift/release")
        made.store.content.withLock { $0.manifests[sparse] = [list.digest: list] }
        let component = try component("\(made.reference.repository)@\(list.digest)")
        func images(_ own: Repository) throws -> ComponentImages {
            ComponentImages(
                of: made.reference,
                at: ComponentPlaces(payload: own, mirrors: [Repository(registry: own.registry, path: sparse)]),
                from: SingleSource(made.store),
                platform: try Platform("linux/amd64")
            )
        }
        #expect(try await images(made.reference.repository).open(component).repository == made.reference.repository)
        let only = ReleaseComponent(
            name: "cli",
            reference: try ImageReference("quay.example.com/openshift/release@\(list.digest)"),
            digest: list.digest
        )
        await #expect {
            _ = try await images(Repository("quay.example.com/openshift/release")).open(only)
        } throws: { error in
            let error = error as? ReleasesError
            return error?.code == .componentMissing && error?.kind == .notFound
        }
    }

    @Test func aListWithoutThePlatformIsRefusedWhenItMatters() async throws {
        let made = try HandMadePayload()
        let list = try made.index([(try made.image([HandMadePayload.topLayer()]), "linux/amd64")])
        let component = try component("\(made.reference.repository)@\(list.digest)")
        let images = ComponentImages(
            of: made.reference,
            at: ComponentPlaces(payload: made.reference.repository),
            from: SingleSource(made.store),
            platform: try Platform("linux/arm64")
        )
        #expect(try await images.open(component).digest != list.digest)
        await #expect {
            _ = try await images.open(component, needsPlatform: true)
        } throws: { ($0 as? ReleasesError)?.code == .platformMissing }
    }

    @Test func sizesCountSharedBlobsOnce() throws {
        func blob(_ digit: Character, _ size: Int64) throws -> Descriptor {
            let digest = try Digest("sha256:" + String(repeating: digit, count: 64))
            return try Descriptor(mediaType: .dockerLayerGzip, digest: digest, size: size)
        }
        func image(_ name: String, _ digit: Character, _ layers: [Descriptor]) throws -> ComponentImage {
            let digest = try Digest("sha256:" + String(repeating: digit, count: 64))
            let reference = ImageReference(repository: try Repository("quay.example.com/dev/parts"), digest: digest)
            return ComponentImage(
                component: ReleaseComponent(name: name, reference: reference, digest: digest),
                repository: reference.repository,
                digest: digest,
                config: try blob(digit, 1),
                layers: layers
            )
        }
        let base = try blob("a", 1000)
        let one = try image("one", "1", [base, blob("b", 20), blob("b", 20)])
        let two = try image("two", "2", [base, blob("c", 300)])
        let alias = try image("alias", "2", [base, blob("c", 300)])
        let sizes = ComponentSizes([one, two, alias])
        #expect(sizes.sizes["one"] == ComponentSizes.Size(layers: 3, bytes: 1021, ownBytes: 21))
        #expect(sizes.sizes["two"] == ComponentSizes.Size(layers: 2, bytes: 1301, ownBytes: 301))
        #expect(sizes.sizes["alias"] == sizes.sizes["two"])
        #expect(sizes.totalBytes == 1322 && sizes.blobs == 5)
        #expect(ComponentSizes.bytes(of: [two, alias], without: [one]) == 301)
        let huge = try (0..<10).map { try image("h\($0)", "3", [blob(Character("\($0)"), Descriptor.maximumSize)]) }
        #expect(ComponentSizes(huge).totalBytes > 0)
    }
}
