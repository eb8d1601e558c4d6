import ArgumentParser
import OCIModel
import Releases
import SemanticVersion

/// Where graph data come from, and what their image is made of.
struct GraphOptions: ParsableArguments {
    /// The image that graph images are made of when no release has a component that serves.
    static let standardBase = "registry.access.redhat.com/ubi9/ubi:latest"
    /// The component that serves: it has a shell and `cp`, and is mirrored anyway.
    static let baseComponent = "cli"

    @Option(
        help:
            "The graph data for platform.graph: https://… or file://PATH of a tar.gz; the default is that of the update service."
    )
    var graphData: String?

    @Option(
        help:
            "The image that the graph image is made of; the default is $FERRY_GRAPH_BASE_IMAGE, else the release's component cli, else \(GraphOptions.standardBase)."
    )
    var graphBaseImage: String?

    func validate() throws {
        if let graphData { _ = try GraphDataSource(graphData) }
        if let graphBaseImage { _ = try ImageReference(graphBaseImage) }
    }

    /// Decides where graph data come from.
    ///
    /// - Parameters:
    ///   - explicit: the value of `--graph-data`.
    ///   - environment: the variables; `UPDATE_URL_OVERRIDE` names the graph of another update service, which has the data
    ///     beside it.
    /// - Returns: the source.
    /// - Throws: `ReleasesError.invalidGraphDataSource`.
    static func data(explicit: String?, environment: [String: String]) throws -> GraphDataSource {
        if let explicit { return try GraphDataSource(explicit) }
        guard let graph = environment["UPDATE_URL_OVERRIDE"], !graph.isEmpty else { return .standard }
        return try GraphDataSource(besideGraphAt: graph)
    }

    /// Decides what the graph image is made of.
    ///
    /// Without a wish it is the component `cli` of the newest release that has one, since its layers travel anyway; when
    /// there are several such releases, one for each architecture, then of each of them.
    ///
    /// - Parameters:
    ///   - explicit: the value of `--graph-base-image`.
    ///   - environment: the variables; `FERRY_GRAPH_BASE_IMAGE` stands for the option.
    ///   - releases: the releases of the plan with their components.
    /// - Returns: references of one repository, at least one, sorted; digests each once.
    /// - Throws: `OCIModelError` when the option is no image reference; `FerryError` when the variable is none.
    static func bases(
        explicit: String?,
        environment: [String: String],
        releases: [(version: SemanticVersion, components: [ReleaseComponent])]
    ) throws -> [ImageReference] {
        let variable = environment["FERRY_GRAPH_BASE_IMAGE"].flatMap { $0.isEmpty ? nil : $0 }
        if let explicit { return [try ImageReference(explicit)] }
        if let variable {
            do {
                return [try ImageReference(variable)]
            } catch {
                throw FerryError("FERRY_GRAPH_BASE_IMAGE: \(error)")
            }
        }
        let candidates = releases.compactMap { release in
            release.components.first { $0.name == baseComponent }.map { (version: release.version, $0.reference) }
        }
        guard let newest = candidates.map(\.version).max() else { return [try ImageReference(standardBase)] }
        let references = Set(candidates.filter { $0.version == newest }.map(\.1)).sorted()
        // One source gives all layers of an image, so it can be made of one repository only.
        return references.filter { $0.repository == references.first?.repository }
    }
}
