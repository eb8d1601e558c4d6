import Foundation
import OCIModel
import Testing

private let hash = "sha256:" + String(repeating: "2e", count: 32)

/// A descriptor's JSON.
private func descriptor(_ mediaType: String?, size: String = "7", more: String = "") -> String {
    let type = mediaType.map { "\"mediaType\":\"\($0)\"," } ?? ""
    return "{\(type)\"digest\":\"\(hash)\",\"size\":\(size)\(more)}"
}

private let ociConfig = descriptor("application/vnd.oci.image.config.v1+json")

@Suite("Manifests")
struct ManifestTests {
    private func decode(_ json: String, contentType: MediaType? = nil) throws -> Manifest {
        try Manifest(decoding: Array(json.utf8), contentType: contentType)
    }

    @Test(
        "The body's own type decides, and the header only where it is silent",
        arguments: [
            (MediaType.ociManifest.text, MediaType.dockerManifest, MediaType.ociManifest),
            (MediaType.dockerManifest.text, .ociManifest, .dockerManifest),
            (MediaType.dockerManifest.text, .ociIndex, .dockerManifest),
            (MediaType.dockerManifest.text, nil, .dockerManifest),
            (nil, .dockerManifest, .dockerManifest), (nil, .ociIndex, .ociManifest), (nil, nil, .ociManifest),
            ("", .dockerManifest, .dockerManifest), (nil, .octetStream, .ociManifest),
        ] as [(String?, MediaType?, MediaType)]
    )
    func imageType(stated: String?, contentType: MediaType?, expected: MediaType) throws {
        let type = stated.map { "\"mediaType\":\"\($0)\"," } ?? ""
        let manifest = try decode("{\(type)\"schemaVersion\":2,\"config\":\(ociConfig)}", contentType: contentType)
        #expect(manifest.mediaType == expected)
        #expect(manifest.blobs.count == 1)
        #expect(manifest.children.isEmpty)
    }

    @Test(
        "Index types",
        arguments: [
            (MediaType.dockerManifestList.text, nil, MediaType.dockerManifestList), (nil, nil, .ociIndex),
            (nil, .dockerManifestList, .dockerManifestList), (MediaType.ociIndex.text, .dockerManifestList, .ociIndex),
        ] as [(String?, MediaType?, MediaType)]
    )
    func indexType(stated: String?, contentType: MediaType?, expected: MediaType) throws {
        let type = stated.map { "\"mediaType\":\"\($0)\"," } ?? ""
        let manifest = try decode(
            "{\(type)\"schemaVersion\":2,\"manifests\":[\(descriptor(MediaType.ociManifest.text))]}",
            contentType: contentType
        )
        #expect(manifest.mediaType == expected)
        #expect(manifest.children.count == 1)
        #expect(manifest.blobs.isEmpty)
    }

    @Test("Null where a list is meant is an empty list")
    func nullLists() throws {
        let index = try decode("{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociIndex.text)\",\"manifests\":null}")
        #expect(index.content == .index(manifests: []))
        #expect(
            try decode("{\"schemaVersion\":2,\"manifests\":null}", contentType: .ociIndex).mediaType == .ociIndex
        )
        #expect(try decode("{\"schemaVersion\":2,\"config\":\(ociConfig),\"layers\":null}").blobs.count == 1)
        #expect(try decode("{\"schemaVersion\":2,\"config\":\(ociConfig),\"manifests\":null}").blobs.count == 1)
    }

    @Test("Layers that registries do not hold are no blobs of the image")
    func nonDistributable() throws {
        let foreign = descriptor(MediaType.dockerForeignLayer.text)
        let layer = descriptor(MediaType.dockerLayerGzip.text)
        let manifest = try decode("{\"schemaVersion\":2,\"config\":\(ociConfig),\"layers\":[\(foreign),\(layer)]}")
        #expect(manifest.blobs.map(\.mediaType) == [.ociConfig, .dockerLayerGzip])
        guard case .image(_, let layers) = manifest.content else {
            Issue.record("not an image")
            return
        }
        #expect(layers.count == 2)
    }

    @Test(
        "The artifact type is the one written, else that of an artifact's config",
        arguments: [
            ("", "application/vnd.oci.image.config.v1+json", nil),
            ("", "application/vnd.docker.container.image.v1+json", nil),
            ("", "application/vnd.example+json", "application/vnd.example+json"),
            ("\"artifactType\":\"a/b\",", "application/vnd.example+json", "a/b"),
            ("\"artifactType\":\"\",", "application/vnd.example+json", "application/vnd.example+json"),
        ] as [(String, String, String?)]
    )
    func artifactType(member: String, config: String, expected: String?) throws {
        let manifest = try decode("{\(member)\"schemaVersion\":2,\"config\":\(descriptor(config))}")
        #expect(manifest.artifactType == expected)
    }

    @Test(
        "A platform that makes no sense is none, and the image stays readable",
        arguments: [
            (#"{"os":"linux","architecture":"arm64","variant":"v8"}"#, "linux/arm64/v8"),
            (#"{"os":"linux","architecture":"amd64","variant":""}"#, "linux/amd64"), (#"{"os":"linux"}"#, nil),
            ("null", nil),
            (#"{"os":"","architecture":""}"#, nil), (#"{"os":"a/b","architecture":"c"}"#, nil),
            (#"{"os":"a\u001b","architecture":"c"}"#, nil),
            (#"{"os":"windows","architecture":"amd64","os.version":"10"}"#, "windows/amd64"),
        ] as [(String, String?)]
    )
    func platform(json: String, expected: String?) throws {
        let child = descriptor(MediaType.ociManifest.text, more: ",\"platform\":\(json)")
        let manifest = try decode("{\"schemaVersion\":2,\"manifests\":[\(child)]}")
        #expect(manifest.children.first?.platform?.description == expected)
    }

    @Test(
        "Sizes are numbers in a range, however written",
        arguments: [("0", 0), ("7.0", 7), ("1e3", 1_000), ("4398046511104", 1 << 42)] as [(String, Int64)]
    )
    func sizes(json: String, size: Int64) throws {
        let manifest = try decode("{\"schemaVersion\":2,\"config\":\(descriptor(nil, size: json))}")
        #expect(manifest.blobs.first?.size == size)
        #expect(manifest.blobs.first?.mediaType == .octetStream)
    }

    @Test(
        "Foreign numbers out of range are mistakes of that member",
        arguments: [
            "-1", "4398046511105", "9223372036854775807", "9223372036854775808", "1e400", "-1e400", "0.5", "\"7\"",
            "null", "true",
            "[]", "99999999999999999999999999999999999999",
        ]
    )
    func badSizes(json: String) {
        let error = #expect(throws: OCIModelError.self) {
            try decode(
                "{\"schemaVersion\":2,\"config\":\(ociConfig),\"layers\":[\(ociConfig),\(descriptor(nil, size: json))]}"
            )
        }
        #expect(error?.code == .invalidManifest)
        // A number beyond every type is told by the parser, which does not say where.
        #expect(error?.reason.contains("layers[1].size") == true || json.contains("e400"), "\(error?.reason ?? "")")
    }

    @Test(
        "What is no manifest, and why",
        arguments: [
            ("", .invalidManifest, "malformed"), ("{", .invalidManifest, "malformed"),
            ("[]", .invalidManifest, "the document"),
            ("null", .invalidManifest, "the document"), ("\"a\"", .invalidManifest, "the document"),
            ("{} {}", .invalidManifest, "malformed"),
            ("{}", .unsupportedManifest, "schemaVersion 2"),
            ("{\"schemaVersion\":1,\"fsLayers\":[]}", .unsupportedManifest, "2015"),
            ("{\"schemaVersion\":3,\"manifests\":[]}", .unsupportedManifest, "schemaVersion 2"),
            ("{\"schemaVersion\":\"2\"}", .invalidManifest, "schemaVersion"),
            ("{\"schemaVersion\":99999999999999999999}", .invalidManifest, "schemaVersion"),
            ("{\"schemaVersion\":2}", .invalidManifest, "neither"),
            ("{\"schemaVersion\":2,\"manifests\":null}", .invalidManifest, "neither"),
            ("{\"schemaVersion\":2,\"manifests\":[],\"config\":\(ociConfig)}", .invalidManifest, "both"),
            ("{\"schemaVersion\":2,\"manifests\":[null]}", .invalidManifest, "manifests"),
            ("{\"schemaVersion\":2,\"manifests\":{}}", .invalidManifest, "manifests"),
            ("{\"schemaVersion\":2,\"config\":{\"size\":1}}", .invalidManifest, "config.digest is missing"),
            (
                "{\"schemaVersion\":2,\"config\":{\"size\":1,\"digest\":\"md5:0\"}}", .invalidManifest,
                "config.digest: \"md5:0\""
            ),
            (
                "{\"schemaVersion\":2,\"config\":{\"size\":1,\"digest\":\"\(hash)\",\"mediaType\":\"x\"}}",
                .invalidManifest, "config.mediaType"
            ),
            (
                "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociIndex.text)\",\"config\":\(ociConfig)}",
                .invalidManifest, "does not fit"
            ),
            (
                "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociManifest.text)\",\"manifests\":[]}",
                .invalidManifest, "does not fit"
            ),
            (
                "{\"schemaVersion\":2,\"mediaType\":\"application/json\",\"manifests\":[]}", .unsupportedManifest,
                "do not take"
            ),
            (
                "{\"mediaType\":\"application/vnd.oci.artifact.manifest.v1+json\",\"blobs\":[]}", .unsupportedManifest,
                "do not take"
            ),
            (
                "{\"schemaVersion\":2,\"mediaType\":7,\"manifests\":[]}", .invalidManifest,
                "mediaType has the wrong type"
            ),
            ("{\"schemaVersion\":2,\"manifests\":[],\"annotations\":{\"a\":1}}", .invalidManifest, "annotations.a"),
            ("<html>404</html>", .invalidManifest, "malformed"),
        ] as [(String, OCIModelError.Code, String)]
    )
    func invalid(json: String, code: OCIModelError.Code, reason: String) {
        let error = #expect(throws: OCIModelError.self) { try decode(json) }
        #expect(error?.code == code)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("Deep nesting is an error, not the end of the program", arguments: ["[", "{\"a\":", "{\"annotations\":"])
    func nesting(opening: String) {
        let error = #expect(throws: OCIModelError.self) { try decode(String(repeating: opening, count: 300_000)) }
        #expect(error?.code == .invalidManifest)
    }

    @Test("A descriptor's size has limits")
    func descriptorLimits() throws {
        let digest = try Digest(hash)
        for size in [-1, Int64.min, Descriptor.maximumSize + 1, .max] {
            let error = #expect(throws: OCIModelError.self) {
                try Descriptor(mediaType: .ociLayer, digest: digest, size: size)
            }
            #expect(error?.code == .invalidManifest)
        }
        #expect(try Descriptor(mediaType: .ociLayer, digest: digest, size: Descriptor.maximumSize).size == 1 << 42)
    }

    @Test("Documents are the same when their digests are")
    func documents() throws {
        let bytes = Array("{\"schemaVersion\":2,\"config\":\(ociConfig)}".utf8)
        let manifest = try Manifest(decoding: bytes, contentType: nil)
        let document = ManifestDocument(bytes: bytes, digest: try Digest(hash), manifest: manifest)
        #expect(document.size == Int64(bytes.count))
        #expect(document.mediaType == .ociManifest)
        #expect(document == ManifestDocument(bytes: [], digest: try Digest(hash), manifest: manifest))
    }
}
