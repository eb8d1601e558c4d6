import Foundation
import HTTPTransport
import ImageStorage
import MirrorPlan
import OCIModel
import Releases

/// Makes the image of graph data and asks for it.
///
/// Its source is the repository of its base, which has all layers but the new one; what is new comes from
/// ``GeneratedContent``.
struct GraphImageContributor: PlanContributor {
    /// Where the graph data are.
    let data: GraphDataSource
    /// The images that the layer is put on, all of one repository; several are one for each architecture.
    let bases: [ImageReference]
    /// The platforms that are taken of lists; empty for all.
    let platforms: [Platform]
    /// Keeps what was made until it is transferred; nil when nothing will be.
    let directory: WorkingDirectory?
    /// Takes the manifests for the planner.
    let library: ManifestLibrary
    /// Fetches the graph data.
    let transport: HTTPTransport
    /// What the archive may have at most.
    var limits = GraphDataLimits()

    /// Fetches the data, reads the base's manifests and configs, makes the image, and asks for it by digest.
    ///
    /// Whatever goes wrong is a failure of the contribution.
    func contribute(reading sources: any ImageSourceProvider) async throws -> Contribution {
        let names = try GraphImageNames()
        let reason = Reason(section: "Graph data", detail: "\(data)")
        do {
            let image = try await make(reading: sources)
            for document in image.manifests { library.keep(document) }
            guard let base = bases.first else { return Contribution() }
            let source = ImageReference(repository: base.repository, digest: image.root.digest)
            return Contribution(requests: [names.request(from: source, reason: reason)])
        } catch {
            try Task.checkCancellation()
            return Contribution(failures: [
                PlanFailure(origin: names.origin, kind: .graph, reason: reason, cause: error)
            ])
        }
    }

    private func make(reading sources: any ImageSourceProvider) async throws -> GeneratedImage {
        guard let first = bases.first else { throw FerryError("the graph image has no base", exitCode: 2) }
        let source = try sources.source(for: first.repository.registry)
        let base = try await GraphImageBase.read(bases, platforms: platforms, from: source)
        let content = directory.map { GeneratedContent(in: $0) }
        let folder = content?.folder ?? FileManager.default.temporaryDirectory.path
        try await LocalFiles.run {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let archive = try await GraphDataFetcher(transport: transport, limits: limits).fetch(data, in: folder)
        let image = try await LocalFiles.run {
            try GraphImageBuilder(layer: GraphLayer(archive, in: folder)).build(on: base)
        }
        try await content?.store(image)
        return image
    }
}

/// Asks for the graph image of a media set, where nothing is fetched or made.
struct HeldGraphImageContributor: PlanContributor {
    /// Takes the manifest for the planner.
    let library: ManifestLibrary

    /// Finds the image by its name in the set's lock file (``LockedSource``).
    func contribute(reading sources: any ImageSourceProvider) async throws -> Contribution {
        let names = try GraphImageNames()
        let reason = Reason(section: "Graph data", detail: "of the media set")
        do {
            let source = try sources.source(for: names.repository.registry)
            guard let root = try await source.manifest(.tag(names.tag), in: names.repository.path) else {
                throw MirrorPlanError(
                    .imageNotFound,
                    subject: names.origin,
                    message: "the media set has no graph image: make it with a configuration with platform.graph: true"
                )
            }
            library.keep(root)
            let pinned = ImageReference(repository: names.repository, digest: root.digest)
            return Contribution(requests: [names.request(from: pinned, reason: reason)])
        } catch {
            try Task.checkCancellation()
            return Contribution(failures: [
                PlanFailure(origin: names.origin, kind: .graph, reason: reason, cause: error)
            ])
        }
    }
}
