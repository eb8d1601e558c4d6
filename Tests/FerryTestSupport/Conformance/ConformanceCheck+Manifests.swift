import ImageStorage
import OCIModel
import Testing

extension ConformanceCheck {
    func manifestsComeBackAsWritten() async throws {
        let repository = try repository()
        let image = try TestImage()
        try await image.write(to: store, in: repository)
        let reference = ManifestReference.digest(image.manifest.digest)
        let found = try #require(try await store.manifest(reference, in: repository))
        #expect(found.bytes == image.manifest.bytes)
        #expect(found.digest == image.manifest.digest)
        #expect(found.mediaType == .ociManifest)
        #expect(try await store.manifestDigest(reference, in: repository) == image.manifest.digest)
        #expect(try await store.readBack(reference, in: repository) == image.manifest.digest)
        #expect(try await store.tags(in: repository) == [])
    }

    func manifestsAreFoundByTag() async throws {
        let repository = try repository()
        let image = try TestImage()
        let tag = try Tag("4.18.1-x86_64")
        try await image.write(to: store, in: repository, tag: tag)
        #expect(try await store.manifest(.tag(tag), in: repository)?.bytes == image.manifest.bytes)
        #expect(try await store.manifest(.digest(image.manifest.digest), in: repository) != nil)
        #expect(try await store.readBack(.tag(tag), in: repository) == image.manifest.digest)
        #expect(try await store.manifest(.tag(tag), in: try self.repository("another")) == nil)
    }

    func tagsMoveAndAreSorted() async throws {
        let repository = try repository()
        let (first, second) = (try TestImage(seed: 1), try TestImage(seed: 2))
        try await first.write(to: store, in: repository, tag: Tag("latest"))
        try await second.write(to: store, in: repository, tag: Tag("latest"))
        for name in ["v10", "v9", "A"] {
            try await store.writeManifest(first.manifest, to: repository, tag: Tag(name))
        }
        #expect(try await store.readBack(.tag(Tag("latest")), in: repository) == second.manifest.digest)
        #expect(try await store.manifest(.digest(first.manifest.digest), in: repository) != nil)
        #expect(try await store.tags(in: repository).map(\.text) == ["A", "latest", "v10", "v9"])
    }

    func dockerManifestsKeepTheirType() async throws {
        let repository = try repository()
        let image = try TestImage(mediaType: .dockerManifest)
        try await image.write(to: store, in: repository, tag: Tag("docker"))
        let list = try TestImage.index(of: [try image.descriptor()], mediaType: .dockerManifestList)
        try await store.writeManifest(list, to: repository, tag: Tag("list"))
        #expect(try await store.manifest(.tag(Tag("docker")), in: repository)?.mediaType == .dockerManifest)
        #expect(try await store.manifest(.tag(Tag("list")), in: repository)?.mediaType == .dockerManifestList)
    }

    func manifestsWithoutTheirBlobsAreRefused() async throws {
        let repository = try repository()
        let image = try TestImage(seed: 31)
        for blob in image.blobs.dropLast() { try await blob.write(to: store, in: repository) }
        let tag = try Tag("half")
        _ = await failure { try await store.writeManifest(image.manifest, to: repository, tag: tag) }
        #expect(try await store.manifest(.tag(tag), in: repository) == nil)
        #expect(try await store.manifest(.digest(image.manifest.digest), in: repository) == nil)
        try await image.write(to: store, in: repository, tag: tag)
        #expect(try await store.readBack(.tag(tag), in: repository) == image.manifest.digest)
    }

    func indexesWithTheirChildren() async throws {
        let repository = try repository()
        let images = try [TestImage(seed: 41), TestImage(seed: 42)]
        let index = try TestImage.index(
            of: [
                try images[0].descriptor(platform: Platform("linux/amd64")),
                try images[1].descriptor(platform: Platform("linux/arm64/v8")),
            ]
        )
        for image in images { try await image.write(to: store, in: repository) }
        try await store.writeManifest(index, to: repository, tag: Tag("multi"))
        let found = try #require(try await store.manifest(.tag(Tag("multi")), in: repository))
        #expect(found.bytes == index.bytes)
        #expect(found.manifest.children.map(\.digest) == images.map(\.manifest.digest))
        for child in found.manifest.children {
            #expect(try await store.manifest(.digest(child.digest), in: repository) != nil)
        }
    }

    func referrersAreListed() async throws {
        let repository = try repository()
        let image = try TestImage(seed: 51)
        try await image.write(to: store, in: repository, tag: Tag("signed"))
        let subject = try image.descriptor()
        let signature = try TestImage(
            seed: 52,
            subject: subject,
            artifactType: "application/vnd.example.signature",
            annotations: ["org.example.key": "a value"]
        )
        let report = try TestImage(seed: 53, subject: subject, artifactType: "application/vnd.example.report")
        try await signature.write(to: store, in: repository)
        try await report.write(to: store, in: repository)
        let found = try await store.referrers(of: image.manifest.digest, in: repository)
        #expect(Set(found.map(\.digest)) == [signature.manifest.digest, report.manifest.digest])
        let entry = try #require(found.first { $0.digest == signature.manifest.digest })
        #expect(entry.artifactType == "application/vnd.example.signature")
        #expect(entry.annotations == ["org.example.key": "a value"])
        #expect(entry.size == signature.manifest.size)
        #expect(try await store.referrers(of: signature.manifest.digest, in: repository) == [])
    }
}
