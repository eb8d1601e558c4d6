import Foundation
package import ImageStorage
import NIOCore
package import OCIModel
import OpenSSLCrypto

/// Makes small images in any store, for tests.
package struct SyntheticImages: Sendable {
    private let target: any ImageTarget

    /// Makes images in a store.
    package init(in target: any ImageTarget) {
        self.target = target
    }

    /// Stores a blob and describes it.
    package func blob(
        _ bytes: [UInt8],
        type: MediaType = .ociLayerGzip,
        in repository: RepositoryPath
    ) async throws -> Descriptor {
        let blob = try Descriptor(mediaType: type, digest: ContentHasher.digest(of: bytes), size: Int64(bytes.count))
        try await target.writeBlob(
            blob,
            to: repository,
            from: BlobOpener { offset, body in
                try await body(BlobStream(ByteBuffer(bytes: bytes.dropFirst(Int(offset)))))
            }
        )
        return blob
    }

    /// Stores an image of the given layers and returns its manifest.
    ///
    /// - Parameters:
    ///   - layers: the bytes of each layer.
    ///   - tag: its tag, if any.
    ///   - repository: where.
    ///   - architecture: the architecture in its config.
    ///   - subject: what it refers to, if anything.
    ///   - diffIDs: the digests of the layers' content, which the config names.
    /// - Returns: the manifest.
    /// - Throws: what the store throws.
    @discardableResult
    package func image(
        layers: [[UInt8]],
        tag: String? = nil,
        in repository: RepositoryPath,
        architecture: String = "amd64",
        subject: ManifestDocument? = nil,
        diffIDs: [Digest] = []
    ) async throws -> ManifestDocument {
        let contents = diffIDs.map { "\"\($0)\"" }.joined(separator: ",")
        let rootfs = #"{"type":"layers","diff_ids":[\#(contents)]}"#
        let config = try await blob(
            Array(#"{"architecture":"\#(architecture)","os":"linux","rootfs":\#(rootfs)}"#.utf8),
            type: .ociConfig,
            in: repository
        )
        var descriptors: [Descriptor] = []
        for layer in layers { descriptors.append(try await blob(layer, in: repository)) }
        var fields: [String: Any] = [
            "schemaVersion": 2,
            "mediaType": MediaType.ociManifest.text,
            "config": Self.json(config),
            "layers": descriptors.map(Self.json),
        ]
        if let subject {
            fields["subject"] = Self.json(
                try Descriptor(mediaType: subject.mediaType, digest: subject.digest, size: subject.size)
            )
            fields["artifactType"] = "application/vnd.example.test"
        }
        return try await store(fields, tag: tag, in: repository)
    }

    /// Stores an index over manifests and returns it.
    @discardableResult
    package func index(
        of children: [(document: ManifestDocument, architecture: String)],
        tag: String? = nil,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument {
        let manifests: [[String: Any]] = try children.map { child in
            var entry = Self.json(
                try Descriptor(
                    mediaType: child.document.mediaType,
                    digest: child.document.digest,
                    size: child.document.size
                )
            )
            entry["platform"] = ["os": "linux", "architecture": child.architecture]
            return entry
        }
        return try await store(
            ["schemaVersion": 2, "mediaType": MediaType.ociIndex.text, "manifests": manifests],
            tag: tag,
            in: repository
        )
    }

    private func store(
        _ fields: [String: Any],
        tag: String?,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument {
        let bytes = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
        let document = try ManifestDocument(verifying: Array(bytes), contentType: nil, expected: nil)
        try await target.writeManifest(document, to: repository, tag: tag.map { try Tag($0) })
        return document
    }

    private static func json(_ descriptor: Descriptor) -> [String: Any] {
        [
            "mediaType": descriptor.mediaType.text, "digest": descriptor.digest.description,
            "size": Int(descriptor.size),
        ]
    }

    /// Bytes that differ for each seed and do not repeat.
    package static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }
}

/// Gives one store for every registry.
package struct SingleSource: ImageSourceProvider {
    private let store: any ImageSource

    /// Wraps a store.
    package init(_ store: any ImageSource) {
        self.store = store
    }

    package func source(for registry: RegistryName) throws -> any ImageSource { store }
}
