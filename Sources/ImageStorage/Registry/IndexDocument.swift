import Foundation
package import OCIModel

/// An OCI image index that Ferry makes itself: the referrers list and `index.json` of a layout.
///
/// https://github.com/opencontainers/image-spec/blob/main/image-index.md
package struct IndexDocument: Encodable {
    private struct Entry: Encodable {
        struct EntryPlatform: Encodable {
            let os: String
            let architecture: String
            let variant: String?
        }

        let mediaType: MediaType
        let digest: Digest
        let size: Int64
        let platform: EntryPlatform?
        let artifactType: String?
        let annotations: [String: String]?
    }

    private let schemaVersion = 2
    private let mediaType = MediaType.ociIndex
    private let manifests: [Entry]

    private enum CodingKeys: CodingKey {
        case schemaVersion
        case mediaType
        case manifests
    }

    /// Makes an index of descriptors, in their order.
    package init(_ descriptors: [Descriptor]) {
        manifests = descriptors.map { descriptor in
            Entry(
                mediaType: descriptor.mediaType,
                digest: descriptor.digest,
                size: descriptor.size,
                platform: descriptor.platform.map {
                    Entry.EntryPlatform(os: $0.os, architecture: $0.architecture, variant: $0.variant)
                },
                artifactType: descriptor.artifactType,
                annotations: descriptor.annotations.isEmpty ? nil : descriptor.annotations
            )
        }
    }

    /// The JSON, with sorted keys.
    ///
    /// - Throws: `EncodingError`, which only a text that is no Unicode could cause.
    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }
}
