import Archiving
import FerryTestSupport
import Foundation
import HTTPTransport
import ImageStorage
import NIOPosix
import OCIModel

@testable import Releases

/// Archives of graph data and images to put them on.
enum GraphDataFixture {
    /// The smallest archive that is taken, with any further entries.
    static func archive(
        compression: TarCompression = .storedGzip,
        version: String = "1.2.0\n",
        _ more: (TarWriter) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        try TarWriter.archive(compression: compression) { writer in
            try writer.addFile("version", mode: 0o600, content: Array(version.utf8))
            try writer.addDirectory("channels", mode: 0o700)
            try writer.addFile("channels/stable-4.18.yaml", content: Array("name: stable-4.18\n".utf8))
            try writer.addFile("blocked-edges/4.18.1-bad.yaml", content: Array("to: 4.18.1\n".utf8))
            try more(writer)
        }
    }

    /// An image whose config is whole, with members that Ferry does not know.
    static func image(
        seed: UInt64,
        architecture: String = "amd64",
        mediaType: MediaType = .ociManifest,
        layerType: String? = nil,
        config: ((Digest) -> String)? = nil
    ) throws -> (layer: TestBlob, config: TestBlob, manifest: ManifestDocument) {
        let isDocker = mediaType == .dockerManifest
        let type = try layerType.map { try MediaType($0) } ?? (isDocker ? .dockerLayerGzip : .ociLayerGzip)
        let layer = try TestBlob(seed: seed, size: 4000, mediaType: type)
        let text =
            config?(layer.descriptor.digest)
                ?? """
                {"os":"linux","architecture":"\(architecture)","created":"2025-01-02T03:04:05.123456789Z",
                 "config":{"Entrypoint":["/old"],"cmd":["x"],"Env":["A=\\u0041<&>"],"Healthcheck":{"Interval":9007199254740993}},
                 "rootfs":{"type":"layers","diff_ids":["\(layer.descriptor.digest)"]},
                 "history":[{"created_by":"base"}],"x-exact":1.000000000000000000001,"x-nul\\u006c":null}
                """
        let blob = try TestBlob(Array(text.utf8), mediaType: isDocker ? .dockerConfig : .ociConfig)
        let manifest = """
            {"schemaVersion":2,"mediaType":"\(mediaType)",
            "config":{"mediaType":"\(blob.descriptor.mediaType)","digest":"\(blob.descriptor.digest)",
            "size":\(blob.descriptor.size)},"layers":[{"mediaType":"\(type)","digest":"\(layer.descriptor.digest)",
            "size":\(layer.descriptor.size),"annotations":{"kept":"yes"}}],"annotations":{"also":"kept"}}
            """
        return (
            layer, blob,
            try ManifestDocument(verifying: Array(manifest.utf8), contentType: nil, expected: nil)
        )
    }

    /// Writes an image into a store.
    static func write(
        _ image: (layer: TestBlob, config: TestBlob, manifest: ManifestDocument),
        to store: some ImageTarget,
        in repository: RepositoryPath,
        tag: Tag? = nil
    ) async throws {
        try await image.layer.write(to: store, in: repository)
        try await image.config.write(to: store, in: repository)
        try await store.writeManifest(image.manifest, to: repository, tag: tag)
    }

    /// Fetches with a transport that does not wait long.
    static func fetch(
        _ source: GraphDataSource,
        in folder: String,
        limits: GraphDataLimits = GraphDataLimits()
    ) async throws -> GraphDataArchive {
        var configuration = HTTPTransportConfiguration()
        configuration.retryPolicy = RetryPolicy(tries: 3, base: .milliseconds(1))
        return try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        ) { transport in
            try await GraphDataFetcher(transport: transport, limits: limits).fetch(source, in: folder)
        }
    }

    /// Writes an archive into a folder and opens it.
    static func open(
        _ bytes: [UInt8],
        in folder: String,
        limits: GraphDataLimits = GraphDataLimits()
    ) async throws -> GraphDataArchive {
        let path = "\(folder)/input.tar.gz"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try await fetch(.file(path), in: folder, limits: limits)
    }
}
