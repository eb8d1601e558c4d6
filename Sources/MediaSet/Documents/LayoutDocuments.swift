import OCIModel

/// The two documents that make a volume an OCI image layout.
///
/// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
enum LayoutDocuments {
    /// The path of the marker file.
    static let layoutPath = "oci-layout"
    /// The path of the index.
    static let indexPath = "index.json"

    /// `oci-layout`.
    static let layout = Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8)

    /// `index.json`: every image once per tag, named `<destination>:<tag>`, and once without a name when it has none.
    ///
    /// skopeo up to 1.9 finds no image of a Docker type by its name, and takes the right type from the manifest itself
    /// whatever the index says. For its sake images of a Docker type have a second entry, of the OCI type, behind all
    /// others: readers that know both types stop at the first.
    ///
    /// - Throws: `EncodingError`.
    static func index(of images: [SetImage]) throws -> [UInt8] {
        var manifests: [Entry] = []
        var aliases: [Entry] = []
        var seen: Set<String> = []
        for image in images {
            let names = image.tags.map { "\(image.destination):\($0)" }
            for name in names where seen.insert(name).inserted {
                manifests.append(Entry(image, name: name))
                if let type = ociTypes[image.manifest.mediaType] { aliases.append(Entry(image, name: name, as: type)) }
            }
            if names.isEmpty, seen.insert(image.manifest.digest.description).inserted {
                manifests.append(Entry(image, name: nil))
            }
        }
        return try DocumentCoding.compact(Index(manifests: manifests + aliases))
    }

    private static let ociTypes: [MediaType: MediaType] = [
        .dockerManifest: .ociManifest, .dockerManifestList: .ociIndex,
    ]

    private struct Index: Encodable {
        let schemaVersion = 2
        let mediaType = MediaType.ociIndex
        let manifests: [Entry]
    }

    private struct Entry: Encodable {
        let mediaType: MediaType
        let digest: Digest
        let size: Int64
        let annotations: [String: String]?

        init(_ image: SetImage, name: String?, as type: MediaType? = nil) {
            mediaType = type ?? image.manifest.mediaType
            digest = image.manifest.digest
            size = image.manifest.size
            annotations = name.map { ["org.opencontainers.image.ref.name": $0] }
        }
    }
}
