import FerryTestSupport
import ImageStorage
import NIOCore
import OCIModel
import RegistriesConf
import Testing

@Suite("Reading from mirrors") struct MirroredSourcesTests {
    private static let two = """
        [[registry]]
        location = "origin.io"
        [[registry.mirror]]
        location = "one.local/m"
        [[registry.mirror]]
        location = "two.local/m"
        """

    private let image: TestImage
    private let inner: RepositoryPath
    private let outer: RepositoryPath
    private let tag: OCIModel.Tag

    init() throws {
        image = try TestImage(
            layers: [TestBlob(seed: 1, size: 3000), TestBlob(seed: 2, size: 6 << 20)],
            seed: 7
        )
        inner = try RepositoryPath("m/app")
        outer = try RepositoryPath("app")
        tag = try OCIModel.Tag("v1")
    }

    private func source(_ places: TestPlaces, _ text: String = two) throws -> any ImageSource {
        try places.mirrored(text).source(for: RegistryName("origin.io"))
    }

    private func store(_ places: TestPlaces, _ name: String) async throws {
        let store = try #require(places.stores[name])
        try await image.write(to: store, in: name == "origin.io" ? outer : inner, tag: tag)
    }

    private func read(_ blob: TestBlob, from source: any ImageSource) async throws -> [UInt8] {
        try await source.withBlob(blob.descriptor, in: outer, from: 0) { stream in
            var bytes: [UInt8] = []
            while let chunk = try await stream.next() { bytes += chunk.readableBytesView }
            return bytes
        }
    }

    @Test("the first mirror that has it is read, by tag, by digest and for blobs")
    func order() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io")
        for name in ["one.local", "two.local", "origin.io"] { try await store(places, name) }
        let source = try source(places)
        #expect(try await source.manifest(.tag(tag), in: outer)?.digest == image.manifest.digest)
        #expect(try await source.manifestDigest(.digest(image.manifest.digest), in: outer) == image.manifest.digest)
        #expect(try await source.tags(in: outer) == [tag])
        for blob in image.blobs { #expect(try await read(blob, from: source) == blob.bytes) }
        #expect(Set(places.takeAsked()) == ["one.local"])
        #expect(places.notices.isEmpty)
    }

    @Test("what a mirror does not have is read at the next, and at the registry itself in the end")
    func partial() async throws {
        for holder in ["two.local", "origin.io"] {
            let places = TestPlaces("one.local", "two.local", "origin.io")
            try await store(places, holder)
            let source = try source(places)
            #expect(try await source.manifest(.tag(tag), in: outer)?.digest == image.manifest.digest)
            for blob in image.blobs { #expect(try await read(blob, from: source) == blob.bytes) }
            #expect(try await source.tags(in: outer) == [tag])
            #expect(places.takeAsked().last == holder)
            #expect(places.notices.isEmpty)
        }
    }

    @Test("nowhere is nil when all say so, and an error of kind not found for blobs")
    func nowhere() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io")
        let source = try source(places)
        #expect(try await source.manifest(.tag(tag), in: outer) == nil)
        #expect(try await source.manifestDigest(.tag(tag), in: outer) == nil)
        #expect(try await source.referrers(of: image.manifest.digest, in: outer).isEmpty)
        #expect(try await source.tags(in: outer).isEmpty)
        let error = await #expect(throws: RegistriesConfError.self) { try await read(image.config, from: source) }
        #expect(error?.code == .noPlaceAnswered)
        #expect(error?.kind == .notFound)
    }

    @Test("a registry that never answers is asked once and told of once")
    func dead() async throws {
        let places = TestPlaces("two.local")
        try await store(places, "two.local")
        let source = try source(places)
        for _ in 0..<3 {
            #expect(try await source.manifest(.tag(tag), in: outer)?.digest == image.manifest.digest)
            for blob in image.blobs { #expect(try await read(blob, from: source) == blob.bytes) }
        }
        #expect(places.takeAsked().count { $0 == "one.local" } == 1)
        #expect(places.notices.count == 1)
        #expect(places.notices.first?.contains("one.local") == true)
        // In an enclave the registry itself is not there, and images without signatures are no failure for that.
        for _ in 0..<2 { #expect(try await source.referrers(of: image.manifest.digest, in: outer).isEmpty) }
        #expect(try await source.manifestDigest(.tag(OCIModel.Tag("no")), in: outer) == nil)
        #expect(places.takeAsked().count { $0 == "origin.io" } == 1)
        // An image that is wanted and nowhere is an error that tells who did not answer.
        let error = await #expect(throws: RegistriesConfError.self) {
            try await source.manifest(.tag(OCIModel.Tag("no")), in: outer)
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("origin.io/app") == true)
        #expect(error?.message.contains("two.local/m/app: it is not there") == true)
    }

    @Test("a registry that has answered is given up only after failing several times in a row")
    func flaky() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io")
        try await store(places, "one.local")
        try await store(places, "two.local")
        let source = try source(places)
        _ = try await source.manifest(.tag(tag), in: outer)
        places.set(.silent, of: "one.local")
        for _ in 0..<2 { _ = try await source.manifest(.tag(tag), in: outer) }
        // Whether there is a signature is not known as long as it may answer again.
        _ = places.takeAsked()
        places.set(nil, of: "one.local")
        _ = try await source.manifest(.tag(tag), in: outer)
        #expect(places.takeAsked() == ["one.local"])
        places.set(.silent, of: "one.local")
        await #expect(throws: RegistriesConfError.self) {
            try await source.manifestDigest(.tag(OCIModel.Tag("sig")), in: outer)
        }
        for _ in 0..<4 { _ = try await source.manifest(.tag(tag), in: outer) }
        #expect(places.takeAsked().count { $0 == "one.local" } == 3)
        #expect(places.notices.count == 1)
    }

    @Test("a mirror that refuses is passed over, and told of once")
    func refusing() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io", faults: ["one.local": .refusing])
        try await store(places, "two.local")
        let source = try source(places)
        for _ in 0..<2 { #expect(try await source.manifest(.tag(tag), in: outer) != nil) }
        #expect(places.notices.count == 1)
        // Who refuses is told of, and counts for nothing as long as somebody else says that there is none.
        #expect(try await source.manifestDigest(.tag(OCIModel.Tag("sig")), in: outer) == nil)
        places.set(.refusing, of: "origin.io")
        #expect(try await source.manifestDigest(.tag(OCIModel.Tag("sig")), in: outer) == nil)
        #expect(places.notices.count == 2)
        places.set(.refusing, of: "two.local")
        let error = await #expect(throws: RegistriesConfError.self) {
            try await source.manifestDigest(.tag(OCIModel.Tag("sig")), in: outer)
        }
        #expect(error?.kind == .refused)
    }

    @Test("wrong bytes: a manifest and a small blob come from the next place at once, a large one at the next try")
    func wrongBytes() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io", faults: ["one.local": .wrongBytes])
        try await store(places, "one.local")
        try await store(places, "two.local")
        let source = try source(places)
        #expect(try await source.manifest(.digest(image.manifest.digest), in: outer) == image.manifest)
        #expect(try await read(image.layers[0], from: source) == image.layers[0].bytes)
        let large = image.layers[1]
        #expect(!source.hasOtherCopy(of: large.descriptor, in: outer))
        let error = await #expect(throws: ImageStorageError.self) { try await read(large, from: source) }
        #expect(error?.code == .digestMismatch)
        #expect(source.hasOtherCopy(of: large.descriptor, in: outer))
        #expect(try await read(large, from: source) == large.bytes)
        #expect(places.notices.count == 3)
        #expect(places.notices.allSatisfy { $0.contains("one.local/m/app") })
        // When every place has given wrong bytes, that ends.
        places.set(.wrongBytes, of: "two.local")
        places.set(.wrongBytes, of: "origin.io")
        try await store(places, "origin.io")
        let other = try TestBlob(seed: 9, size: 5 << 20)
        for (name, path) in [("one.local", inner), ("two.local", inner), ("origin.io", outer)] {
            try await other.write(to: #require(places.stores[name]), in: path)
        }
        var tries = 0
        repeat {
            tries += 1
            await #expect(throws: ImageStorageError.self) { try await read(other, from: source) }
        } while source.hasOtherCopy(of: other.descriptor, in: outer) && tries < 10
        #expect(tries == 3)
        let last = await #expect(throws: RegistriesConfError.self) { try await read(other, from: source) }
        #expect(last?.kind == .integrity)
    }

    @Test("a mirror that breaks off in the middle is passed over: a small blob at once, a large one at the next try")
    func breaking() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io", faults: ["one.local": .breaking(after: 3 << 20)])
        try await store(places, "one.local")
        try await store(places, "two.local")
        let source = try source(places)
        let large = image.layers[1]
        let error = await #expect(throws: TestPlaces.Failure.self) { try await read(large, from: source) }
        #expect(error?.kind == .unavailable)
        #expect(source.hasOtherCopy(of: large.descriptor, in: outer))
        #expect(try await read(large, from: source) == large.bytes)
        places.set(.breaking(after: 0), of: "one.local")
        #expect(try await read(image.layers[0], from: source) == image.layers[0].bytes)
    }

    @Test("a consumer's own failure is no fault of a place, and comes as it is")
    func consumerFails() async throws {
        struct Mine: Error {}
        let places = TestPlaces("one.local", "two.local", "origin.io")
        try await store(places, "one.local")
        let source = try source(places)
        let blob = image.layers[1].descriptor
        await #expect(throws: Mine.self) {
            try await source.withBlob(blob, in: outer, from: 0) { _ in throw Mine() }
        }
        #expect(places.notices.isEmpty)
        #expect(!source.hasOtherCopy(of: blob, in: outer))
    }

    @Test("reading begins at any offset, also of an empty blob and at the end")
    func offsets() async throws {
        let places = TestPlaces("one.local", "two.local", "origin.io")
        try await store(places, "two.local")
        let source = try source(places)
        for blob in [image.layers[0], image.layers[1]] {
            for offset in [1, blob.descriptor.size / 2, blob.descriptor.size] {
                let rest = try await source.withBlob(blob.descriptor, in: outer, from: offset) { stream in
                    var bytes: [UInt8] = []
                    while let chunk = try await stream.next() { bytes += chunk.readableBytesView }
                    return bytes
                }
                #expect(rest == Array(blob.bytes.dropFirst(Int(offset))))
            }
        }
    }

    @Test("registries that no rule is about, and those with one place, answer for themselves")
    func alone() async throws {
        let places = TestPlaces("quay.io", faults: ["quay.io": .refusing])
        let source = try places.mirrored(Self.two).source(for: RegistryName("quay.io"))
        await #expect(throws: TestPlaces.Failure.self) { try await source.manifest(.tag(tag), in: outer) }
        let moved = TestPlaces("new.io", faults: ["new.io": .silent])
        let text = "[[registry]]\nprefix = \"origin.io\"\nlocation = \"new.io\"\n"
        let rewritten = try self.source(moved, text)
        for _ in 0..<2 {
            await #expect(throws: TestPlaces.Failure.self) { try await rewritten.manifest(.tag(tag), in: outer) }
        }
        #expect(moved.takeAsked() == ["new.io", "new.io"])
    }

    @Test("a blocked registry without mirror is an error for everything that is asked")
    func blocked() async throws {
        let places = TestPlaces("origin.io")
        try await store(places, "origin.io")
        let source = try source(places, "[[registry]]\nlocation = \"origin.io\"\nblocked = true\n")
        let questions: [() async throws -> Void] = [
            { _ = try await source.manifest(.tag(self.tag), in: self.outer) },
            { _ = try await source.manifestDigest(.tag(self.tag), in: self.outer) },
            { _ = try await source.tags(in: self.outer) },
            { _ = try await source.referrers(of: self.image.manifest.digest, in: self.outer) },
            { _ = try await self.read(self.image.config, from: source) },
        ]
        for question in questions {
            let error = await #expect(throws: RegistriesConfError.self) { try await question() }
            #expect(error?.code == .blocked)
        }
        #expect(places.takeAsked().isEmpty)
    }
}
