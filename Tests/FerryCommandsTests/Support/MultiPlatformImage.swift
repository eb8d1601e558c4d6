import FerryTestSupport
import ImageStorage
import OCIModel
import RegistryServer

private typealias Tag = OCIModel.Tag

/// A list of two images, at `team/multi:1.0` of a registry.
struct MultiPlatformImage: Sendable {
    /// Where they are.
    let repository: RepositoryPath
    /// The images: of amd64, then of arm64.
    let children: [TestImage]
    let list: ManifestDocument
    /// The list as a configuration names it.
    let name: String

    /// The entry of a configuration that wants arm64 alone.
    var arm64Only: [String] { [name, "platforms:", "- os: linux", "  architecture: arm64"] }

    /// Writes them to a registry.
    init(in source: TestRegistry) async throws {
        repository = try RepositoryPath("team/multi")
        children = try [TestImage(seed: 1), TestImage(seed: 2)]
        list = try TestImage.index(
            of: [
                children[0].descriptor(platform: Platform("linux/amd64")),
                children[1].descriptor(platform: Platform("linux/arm64")),
            ]
        )
        name = "\(source.name)/team/multi:1.0"
        for child in children { try await child.write(to: source.store, in: repository) }
        try await source.store.writeManifest(list, to: repository, tag: Tag("1.0"))
    }
}
