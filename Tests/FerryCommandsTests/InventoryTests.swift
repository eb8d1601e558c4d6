import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

@Suite("Inventories of registries")
struct InventoryTests {
    /// An inventory as any reader of it sees it.
    struct Document: Decodable {
        struct Repository: Decodable, Equatable {
            struct Manifest: Decodable, Equatable {
                let digest: String
                let size: Int64
                let tags: [String]
            }

            struct Blob: Decodable, Equatable {
                let digest: String
                let size: Int64
            }

            let path: String
            let manifests: [Manifest]
            let blobs: [Blob]
        }

        let target: String
        let repositories: [Repository]
    }

    private func document(_ scene: Scene, _ name: String) throws -> Document {
        try JSONDecoder().decode(Document.self, from: scene.bytes(name))
    }

    /// A registry that takes lists of which a child lacks, as many do.
    private func withTarget(_ body: @escaping @Sendable (Scene, TestRegistry) async throws -> Void) async throws {
        try await withScene { scene in
            try await withRegistry(acceptsSparseIndexes: true) { target in try await body(scene, target) }
        }
    }

    /// Puts an image under several names, a list with a child that lacks, and something attached, below `ns`.
    private func fill(_ target: TestRegistry) async throws -> (image: TestImage, child: TestImage, attached: TestImage)
    {
        let image = try TestImage(seed: 11)
        for tag in ["v1", "v2"] { try await target.publish(image, as: "ns/team/app:\(tag)") }
        let (child, absent) = (try TestImage(seed: 12), try TestImage(seed: 13))
        let repository = try RepositoryPath("ns/team/list")
        try await child.write(to: target.store, in: repository)
        let list = try TestImage.index(of: [try child.descriptor(), try absent.descriptor()])
        try await target.store.writeManifest(list, to: repository, tag: Tag("all"))
        let attached = try TestImage(seed: 14, subject: try child.descriptor(), artifactType: "application/x.note")
        try await attached.write(to: target.store, in: repository)
        try await target.publish(TestImage(seed: 15), as: "elsewhere/app:v1")
        return (image, child, attached)
    }

    @Test("every manifest below the path is found, with its tags and blobs, and no layer is read")
    func catalog() async throws {
        try await withTarget { scene, target in
            let (image, child, attached) = try await fill(target)
            let place = "docker://\(target.name)/ns"
            target.traffic.reset()
            let result = try await scene.ferry("inventory", place)
            #expect(target.traffic.counts.blobGets + target.traffic.counts.blobHeads == 0)
            let name = try #require(scene.names(in: ".").first { $0.hasPrefix("inventory_127.0.0.1_") })
            #expect(result.stdout.contains("2 repositories, 3 tags, 4 manifests, "), "\(result)")
            #expect(result.stdout.contains(name))
            let found = try document(scene, name)
            #expect(found.target == "\(target.name)/ns")
            #expect(found.repositories.map(\.path) == ["team/app", "team/list"])
            let app = found.repositories[0]
            #expect(app.manifests.map(\.tags) == [["v1", "v2"]])
            #expect(app.manifests[0].digest == image.manifest.digest.description)
            #expect(app.manifests[0].size == image.manifest.size)
            #expect(app.blobs.map(\.digest) == image.blobs.map(\.descriptor.digest).sorted().map(\.description))
            let blobs = (child.blobs + attached.blobs).map(\.descriptor.digest.description)
            #expect(Set(found.repositories[1].blobs.map(\.digest)) == Set(blobs), "not what the absent child has")
            #expect(Set(found.repositories[1].manifests.map(\.digest)).contains(attached.manifest.digest.description))
            let again = try await scene.ferry("inventory", place, "-o", "-")
            let same = try JSONDecoder().decode(Document.self, from: Data(again.stdout.utf8))
            #expect(same.repositories == found.repositories)
        }
    }

    @Test("a lock file says where to look, also for what has no tag, and paths that are joined are taken apart by it")
    func lock() async throws {
        try await withScene { scene, source, target in
            let one = try await source.publish(TestImage(seed: 1), as: "deep/team/one:v1")
            let two = try await source.publish(TestImage(seed: 2), as: "deep/team/two:v1")
            let name = two.split(separator: ":v1")[0]
            try scene.write(
                ImageSetText.make(images: [[one], ["\(name)@\(TestImage(seed: 2).manifest.digest)"]]),
                to: "isc.yaml"
            )
            let place = "docker://\(target.name)/ns"
            let flat = ["--max-nested-paths", "2"]
            try await scene.ferry(arguments: ["mirror", "-c", "isc.yaml", "--workspace", "file://w", place] + flat)
            try await target.publish(TestImage(seed: 3), as: "ns/stranger:v1")
            let refused = try await scene.ferry(arguments: ["inventory", place] + flat, exits: 1)
            #expect(refused.stderr.contains("--lock"), "\(refused)")
            let command = ["inventory", place, "--lock", "w/working-dir/lock.json", "-o", "i.json", "--check-blobs"]
            target.traffic.reset()
            try await scene.ferry(arguments: command + flat)
            #expect(target.traffic.counts.blobGets == 0 && target.traffic.counts.blobHeads > 0)
            let found = try document(scene, "i.json")
            #expect(found.repositories.map(\.path) == ["deep/team/one", "deep/team/two"])
            #expect(found.repositories.allSatisfy { $0.blobs.count == 3 })
        }
    }

    @Test("a repository that cannot be read is named at the end, one that is not there is nothing special")
    func unreadable() async throws {
        try await withTarget { scene, target in
            _ = try await fill(target)
            let place = "docker://\(target.name)/ns"
            target.faults.replace(with: [FaultRule(.status(403), on: .path(containing: "ns/team/list/tags"))])
            let partly = try await scene.ferry("inventory", place, "-o", "i.json", exits: 1)
            #expect(partly.stderr.contains("ns/team/list is left out"), "\(partly)")
            #expect(try document(scene, "i.json").repositories.map(\.path) == ["team/app"])
            target.faults.replace(with: [FaultRule(.missing, on: .path(containing: "ns/team/list/"))])
            try await scene.ferry("inventory", place, "-o", "i.json")
            #expect(try document(scene, "i.json").repositories.map(\.path) == ["team/app"])
            target.faults.replace(with: [FaultRule(.status(404), on: .path(containing: "_catalog"))])
            let without = try await scene.ferry("inventory", place, "-o", "none.json", exits: 1)
            #expect(without.stderr.contains("say with --lock FILE"), "\(without)")
            #expect(scene.names(in: ".").contains("none.json") == false)
            target.faults.replace(with: [])
            try await scene.ferry("inventory", "docker://\(target.name)/nothing", "-o", "i.json")
            #expect(try document(scene, "i.json").repositories.isEmpty)
        }
    }

    @Test("--check-blobs does not claim what a manifest refers to and the registry lost")
    func lostBlob() async throws {
        try await withTarget { scene, target in
            let (image, _, _) = try await fill(target)
            let lost = image.layers[0].descriptor.digest.description
            target.faults.replace(with: [FaultRule(.missing, on: .path(containing: "blobs/\(lost)"))])
            let place = "docker://\(target.name)/ns"
            try await scene.ferry("inventory", place, "-o", "believed.json")
            #expect(try scene.text("believed.json").contains(lost))
            let checked = try await scene.ferry("inventory", place, "-o", "checked.json", "--check-blobs")
            #expect(try !scene.text("checked.json").contains(lost))
            #expect(checked.stderr.contains(lost))
        }
    }

    @Test(
        "a real registry's content is found by its catalog and by a lock file alike",
        .enabled(if: toolPath("docker-registry") != nil)
    )
    func dockerRegistry() async throws {
        try await withScene { scene, source in
            let release = try await source.publishRelease(images: 4, signatures: true)
            try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            try await withDockerRegistry { registry in
                let place = "docker://\(registry)/ocp"
                try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://w", place)
                try await scene.ferry("inventory", place, "-o", "catalog.json")
                try await scene.ferry("inventory", place, "--lock", "w/working-dir/lock.json", "-o", "lock.json")
            }
            let found = try document(scene, "catalog.json")
            #expect(try document(scene, "lock.json").repositories == found.repositories)
            #expect(found.repositories.map(\.path) == ["openshift/release", "openshift/release-images"])
            let digests = Set(found.repositories.flatMap { $0.manifests.map(\.digest) })
            for component in release.components {
                #expect(digests.contains(component.reference.digest?.description ?? ""))
            }
        }
    }
}
