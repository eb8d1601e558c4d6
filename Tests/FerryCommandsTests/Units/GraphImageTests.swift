import FerryTestSupport
import Foundation
import HTTPTransport
import ImageStorage
import MirrorPlan
import NIOPosix
import OCIModel
import Releases
import Testing
import TransferEngine

@testable import FerryCommands

private typealias Tag = OCIModel.Tag

@Suite("Graph image: planning and serving what was made")
struct GraphImageTests {
    private let repository: Repository
    private let base: ImageReference
    private let store = MemoryImages()

    init() throws {
        repository = try Repository("registry.test/team/base")
        base = try ImageReference("registry.test/team/base:latest")
    }

    /// Plans the graph image of a base into a workspace.
    private func plan(in folder: String, data: String) async throws -> PlanningResult {
        let directory = WorkingDirectory(below: folder)
        let sources = GeneratedSources(upstream: SingleSource(store), content: GeneratedContent(in: directory))
        let library = ManifestLibrary()
        return try await HTTPTransport.withTransport(
            HTTPTransportConfiguration(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        ) { transport in
            let contributor = GraphImageContributor(
                data: try GraphDataSource("file://\(data)"),
                bases: [base],
                platforms: [],
                directory: directory,
                library: library,
                transport: transport
            )
            let contribution = try await contributor.contribute(reading: sources)
            return try await Planner(sources: sources, options: .init(), library: library)
                .plan(contribution, configDigest: nil)
        }
    }

    @Test("data that are not there are a failure of the release part")
    func failure() async throws {
        try await withTemporaryFolder { folder in
            let image = try TestImage(seed: 1)
            try await image.write(to: store, in: repository.path, tag: base.tag)
            let result = try await plan(in: folder, data: "\(folder)/absent")
            let failure = try #require(result.failures.first)
            #expect(failure.kind == .graph && failure.kind.exitBit == 2)
            #expect((failure.cause as? ReleasesError)?.code == .graphDataUnavailable)
            #expect(result.plan.images.isEmpty)
        }
    }

    /// Packs the smallest graph data and returns the path.
    private func archive(in folder: String) async throws -> String {
        try FileManager.default.createDirectory(atPath: "\(folder)/d/channels", withIntermediateDirectories: true)
        try Data("1.2.0\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/d/version"))
        try Data("name: x\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/d/channels/x.yaml"))
        let path = "\(folder)/data.tar.gz"
        let packed = try await runProcess(try requireTool("tar"), ["-czf", path, "-C", "\(folder)/d", "."])
        #expect(packed.status == 0, "\(packed)")
        return path
    }

    @Test("is planned, delivered without asking the base for what was made, and missed when it is gone")
    func delivered() async throws {
        try await withTemporaryFolder { folder in
            try await TestImage(layers: [], seed: 1).write(to: store, in: repository.path, tag: base.tag)
            let result = try await plan(in: folder, data: try await archive(in: folder))
            #expect(result.failures.isEmpty, "\(result.failures)")
            let image = try #require(result.plan.images.first)
            #expect(result.plan.images.count == 1 && image.isGenerated)
            #expect(image.source == repository && image.destination.text == "openshift/graph-image")
            let again = try await plan(in: folder, data: "\(folder)/data.tar.gz")
            #expect(try again.plan.lockFile() == result.plan.lockFile())

            // A run with the lock file has no manifests at hand: all comes from the working directory.
            let content = GeneratedContent(in: WorkingDirectory(below: folder))
            try await content.check(result.plan)
            let target = MemoryImages()
            let sources = GeneratedSources(upstream: SingleSource(MemoryImages()), content: content)
            let engine = TransferEngine(
                sources: sources,
                library: ManifestLibrary(),
                options: .init(),
                observer: Silence()
            )
            let outcome = try await engine.run(result.plan, to: TransferDestination(target))
            #expect(outcome.images.allSatisfy { $0.failure == nil }, "\(outcome.images)")
            #expect(try await target.readBack(.tag(Tag("latest")), in: image.destination) == image.digest)

            let blobs = "\(content.folder)/blobs"
            let layer = try #require(result.plan.blobs.first { $0.mediaType == .ociLayerGzip })
            let file = "\(blobs)/sha256-\(layer.digest.hex)"
            try Data("short".utf8).write(to: URL(fileURLWithPath: file))
            await #expect(throws: FerryError.self) { try await content.check(result.plan) }
            try FileManager.default.removeItem(atPath: file)
            let error = await #expect(throws: FerryError.self) { try await content.check(result.plan) }
            #expect(error?.description.contains("plan again") == true)
        }
    }

    @Test("a set gives its graph image by its name, and the base's tag is not taken for it")
    func ofSet() async throws {
        try await withTemporaryFolder { folder in
            try await TestImage(layers: [], seed: 1).write(to: store, in: repository.path, tag: base.tag)
            let made = try await plan(in: folder, data: try await archive(in: folder))
            let table = try LockedSource.Table(made.plan)
            let content = GeneratedSources(
                upstream: SingleSource(MemoryImages()),
                content: GeneratedContent(in: WorkingDirectory(below: folder))
            )
            let names = try GraphImageNames()
            let registry = names.repository.registry
            let set = LockedSource(registry: registry, table: table, content: try content.source(for: registry))
            let wanted = try await HeldGraphImageContributor(library: ManifestLibrary())
                .contribute(reading: SingleSource(set))
            #expect(wanted.requests.first?.source.digest == made.plan.images.first?.digest)
            let other = LockedSource(registry: repository.registry, table: table, content: store)
            #expect(try await other.manifest(.tag(Tag("latest")), in: repository.path) == nil)
            let none = try await HeldGraphImageContributor(library: ManifestLibrary())
                .contribute(reading: SingleSource(MemoryImages()))
            #expect(none.requests.isEmpty && none.failures.first?.kind == .graph)
        }
    }
}

/// Is told of a transfer and says nothing.
private struct Silence: TransferObserver, BlobMeter {
    func phaseBegan(_ name: String) {}
    func workKnown(images: Int, blobs: Int, bytes: Int64) {}
    func blobBegan(_ blob: MovingBlob) -> any BlobMeter { self }
    func blobEnded(_ blob: Descriptor, moved: Bool) {}
    func imageEnded(_ origin: ImageReference, failure: TransferFailure?) {}
    func advance(by bytes: Int) {}
    func resume(at offset: Int64) {}
    func end(complete: Bool) {}
}
