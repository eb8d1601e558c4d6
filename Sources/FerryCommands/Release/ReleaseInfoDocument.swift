import OCIModel
import Releases

/// What a release is made of, for programs: the names are those of `oc adm release info -o json` where it has them.
struct ReleaseInfoDocument: Encodable {
    /// An image of the release.
    struct Image: Encodable {
        let name: String
        /// Where it is pulled from.
        let image: ImageReference
        let digest: Digest
        let source: String?
        let commit: String?
        /// In bytes; there when sizes were asked for.
        let size: Int64?
        let ownSize: Int64?
        let layers: Int?
    }

    /// A version of something inside; its keys are capital in `oc`'s output too.
    struct DisplayVersion: Encodable {
        let version: String
        let displayName: String

        private enum CodingKeys: String, CodingKey {
            case version = "Version"
            case displayName = "DisplayName"
        }
    }

    /// All images together.
    struct Sizes: Encodable {
        let blobs: Int
        /// In bytes, shared blobs once.
        let total: Int64
    }

    /// Where to pull the release from, by digest.
    let image: ImageReference
    /// The version.
    let name: String
    /// The digest of the opened image.
    let digest: Digest
    /// The same: it was computed from the bytes.
    let contentDigest: Digest
    /// The digest of the list; absent when the release is one image.
    let listDigest: Digest?
    /// How many manifests there are.
    let manifests: Int
    let config: JSONValue
    let metadata: JSONValue?
    let references: JSONValue
    let displayVersions: [String: DisplayVersion]
    /// By name.
    let images: [String: Image]
    let sizes: Sizes?
    let warnings: [String]

    /// Puts a document together.
    init(_ release: ReleaseInspection, sizes: ComponentSizes?) {
        image = release.pullSpec
        name = release.payload.version
        digest = release.payload.image
        contentDigest = release.payload.image
        listDigest = release.isList ? release.digest : nil
        manifests = release.manifestCount
        config = release.config
        metadata = release.metadata
        references = release.references
        displayVersions = Dictionary(
            release.versions.map { ($0.name, DisplayVersion(version: $0.version, displayName: $0.displayName ?? "")) }
        ) { first, _ in first }
        images = Dictionary(
            zip(release.payload.components, release.origins).map { component, origin in
                let size = sizes?.sizes[component.name]
                let image = Image(
                    name: component.name,
                    image: component.reference,
                    digest: component.digest,
                    source: origin.source,
                    commit: origin.commit,
                    size: size?.bytes,
                    ownSize: size?.ownBytes,
                    layers: size?.layers
                )
                return (component.name, image)
            }
        ) { first, _ in first }
        self.sizes = sizes.map { Sizes(blobs: $0.blobs, total: $0.totalBytes) }
        warnings = release.warnings
    }
}
