import Archiving
import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto
import Synchronization

@testable import Releases

/// Images put together for a test, in a store.
struct HandMadePayload {
    let store = MemoryImages(chunkBytes: 1000)
    let repository: RepositoryPath
    let reference: ImageReference

    init() throws {
        reference = try ImageReference("quay.example.com/dev/release:4.99.0-x86_64")
        repository = reference.repository.path
    }

    static let digest = "sha256:" + String(repeating: "ab", count: 32)

    /// An `image-references` with some images.
    static func references(
        _ names: [String] = ["cli", "etcd"],
        version: String = "4.99.0",
        image: String = "quay.example.com/dev/parts@\(digest)"
    ) -> [UInt8] {
        let tags = names.map { #"{"name":"\#($0)","from":{"kind":"DockerImage","name":"\#(image)"}}"# }
        return Array(
            #"{"kind":"ImageStream","apiVersion":"image.openshift.io/v1","metadata":{"name":"\#(version)"},"#.utf8
        ) + Array(#""spec":{"tags":[\#(tags.joined(separator: ","))]}}"#.utf8)
    }

    static let metadata = Array(
        #"{"kind":"cincinnati-metadata-v0","version":"4.99.0","previous":["4.98.1"],"metadata":{"url":"http://e.com"}}"#
            .utf8
    )

    /// A boot images file with KubeVirt images under some keys.
    static func bootImages(_ images: [String: String]) -> [UInt8] {
        let entries = images.map { #""\#($0.key)":{"images":{"kubevirt":{"digest-ref":"\#($0.value)"}}}"# }
        return Array(
            """
            apiVersion: v1
            kind: ConfigMap
            data:
              stream: |
                {"stream": "x", "architectures": {\(entries.sorted().joined(separator: ", ")), "arm": {}}}

            """.utf8
        )
    }

    /// The layer that a release has on top.
    static func topLayer(
        _ compression: TarCompression = .gzip(level: 6),
        references: [UInt8] = references(),
        others: [(String, [UInt8])] = []
    ) throws -> [UInt8] {
        try TarWriter.archive(compression: compression) { tar in
            try tar.addDirectory("release-manifests", mode: 0o777)
            try tar.addFile("release-manifests/0000_10_x.yaml", content: Array("x: 1\n".utf8))
            try tar.addFile("release-manifests/image-references", mode: 0o444, content: references)
            try tar.addFile("release-manifests/release-metadata", mode: 0o444, content: metadata)
            for (name, content) in others { try tar.addFile("release-manifests/\(name)", content: content) }
        }
    }

    /// Puts an image into the store; its layers are given from the lowest up.
    func image(
        _ layers: [[UInt8]],
        type: MediaType = .dockerLayerGzip,
        config: String = #"{"architecture":"amd64","os":"linux"}"#
    ) throws -> ManifestDocument {
        let config = try put(Array(config.utf8), .dockerConfig)
        let layers = try layers.map { try put($0, type) }
        let manifest = """
            {"schemaVersion":2,"mediaType":"\(MediaType.dockerManifest)","config":\(config),\
            "layers":[\(layers.joined(separator: ","))]}
            """
        return try put(manifest)
    }

    /// Puts an index into the store.
    func index(_ children: [(ManifestDocument, String?)]) throws -> ManifestDocument {
        let entries = try children.map { child, platform in
            let platform = try platform.map { try Platform($0) }
            let text = platform.map { #","platform":{"os":"\#($0.os)","architecture":"\#($0.architecture)"}"# } ?? ""
            return #"{"mediaType":"\#(child.mediaType)","digest":"\#(child.digest)","size":\#(child.size)\#(text)}"#
        }
        return try put(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","#
                + #""manifests":[\#(entries.joined(separator: ","))]}"#
        )
    }

    func open(
        _ document: ManifestDocument,
        platform: Platform? = nil,
        kubeVirtKeys: [String] = [],
        limits: ReleasePayloadLimits = ReleasePayloadLimits()
    ) async throws -> ReleasePayload {
        try await ReleasePayloadReader(limits: limits).open(
            document,
            of: reference,
            in: repository,
            from: store,
            platform: platform,
            kubeVirtKeys: kubeVirtKeys
        )
    }

    /// The code of the error that opening ends with; nil when it succeeds.
    func failure(
        _ document: ManifestDocument,
        kubeVirtKeys: [String] = [],
        limits: ReleasePayloadLimits = ReleasePayloadLimits()
    ) async -> ReleasesError.Code? {
        do {
            _ = try await open(document, kubeVirtKeys: kubeVirtKeys, limits: limits)
            return nil
        } catch {
            return (error as? ReleasesError)?.code
        }
    }

    /// Replaces the bytes of a blob by others of any kind.
    func damage(_ digest: Digest, _ change: (inout [UInt8]) -> Void) {
        store.content.withLock { content in
            guard var bytes = content.blobs[repository]?[digest] else { return }
            change(&bytes)
            content.blobs[repository]?[digest] = bytes
        }
    }

    private func put(_ bytes: [UInt8], _ type: MediaType) throws -> String {
        let digest = try ContentHasher.digest(of: bytes)
        store.content.withLock { $0.blobs[repository, default: [:]][digest] = bytes }
        return #"{"mediaType":"\#(type)","digest":"\#(digest)","size":\#(bytes.count)}"#
    }

    private func put(_ manifest: String) throws -> ManifestDocument {
        let document = try ManifestDocument(verifying: Array(manifest.utf8), contentType: nil, expected: nil)
        store.content.withLock { $0.manifests[repository, default: [:]][document.digest] = document }
        return document
    }
}
