import FerryTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import RegistryServer
import Testing

/// Mounts at registries that do not mount.
struct MountQuirkTests {
    private let image: TestImage
    private let origin: RepositoryPath
    private let repository: RepositoryPath

    init() throws {
        image = try TestImage(seed: 9)
        origin = try RepositoryPath("team/base")
        repository = try RepositoryPath("team/app")
    }

    private var blob: TestBlob { image.layers[1] }

    private func mount(_ client: RegistryClient) async throws -> Bool {
        try await client.mountBlob(blob.descriptor, from: origin, to: repository)
    }

    private func isStored(_ registry: TestRegistry) async throws -> Bool {
        try await registry.store.containsBlob(blob.descriptor, in: repository)
    }

    @Test("A13.9 a mount answered 202 is an upload, which goes on in its session")
    func session() async throws {
        try await withRegistry(faults: [FaultRule(.mountRefused(202), on: .mounts)]) { registry in
            try await blob.write(to: registry.store, in: origin)
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                let isMounted = try await mount(client)
                #expect(!isMounted)
                try await blob.write(to: client, in: repository)
            }
            let counts = await registry.traffic.settled()
            #expect(counts.log.count { $0.hasPrefix("POST ") } == 1, "\(counts.log)")
            #expect(counts.uploadedBytes == blob.descriptor.size)
            let isStored = try await isStored(registry)
            #expect(isStored)
        }
    }

    @Test("A13.10 a refused mount becomes an upload, and is not tried again", arguments: [401, 403, 404, 405, 400])
    func refused(status: Int) async throws {
        try await withRegistry(faults: [FaultRule(.mountRefused(status), on: .mounts)]) { registry in
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                for _ in 1...3 {
                    let isMounted = try await mount(client)
                    #expect(!isMounted)
                }
                try await blob.write(to: client, in: repository)
            }
            let isStored = try await isStored(registry)
            #expect(isStored)
            #expect(await registry.traffic.settled().mountsAsked == 1)
        }
    }

    @Test("A13.10 a mount of something else is an error of integrity")
    func other() async throws {
        let other = FaultRule(.mountOfOther(image.layers[0].descriptor.digest), on: .mounts)
        try await withRegistry(faults: [other]) { registry in
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                let error = await #expect(throws: RegistryClientError.self) { try await mount(client) }
                #expect(error?.code == .digestMismatch)
            }
        }
    }

    @Test("A13.10 ECR mounts once a manifest names the blob; before that the session serves for the upload")
    func afterManifest() async throws {
        var profile = RegistryProfile.distribution
        profile.mounts = .afterManifest
        try await withRegistry(like: profile) { registry in
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                for blob in image.blobs { try await blob.write(to: client, in: origin) }
                let early = try await mount(client)
                #expect(!early)
                let before = await registry.traffic.settled()
                try await blob.write(to: client, in: repository)
                let after = await registry.traffic.settled()
                #expect(after.uploadsStarted == before.uploadsStarted, "no further POST")
                try await client.writeManifest(image.manifest, to: origin, tag: nil)
                let third = try RepositoryPath("team/third")
                let late = try await client.mountBlob(blob.descriptor, from: origin, to: third)
                #expect(late)
            }
            #expect(await registry.traffic.settled().mounts == 1)
        }
    }
}
