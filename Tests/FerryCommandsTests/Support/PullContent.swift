import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

/// Content of every kind that a registry can be asked for, in a split media set.
struct PullContent: Sendable {
    /// An image with layers that cross volumes; its tags are `a` to `d`.
    let image: TestImage
    /// An image of Docker's types, tagged `docker`.
    let docker: TestImage
    /// A list of two platforms, tagged `multi`.
    let list: ManifestDocument
    /// What refers to ``image``, by digest.
    let referrers: [TestImage]
    /// The artifact types of ``referrers``.
    static let types = ["application/vnd.example.one", "application/vnd.example.two"]
    /// The cosign tag of ``image``.
    let signatureTag: String

    /// Makes the set `set` in a scene.
    init(_ source: TestRegistry, _ scene: Scene) async throws {
        let repository = try RepositoryPath("team/app")
        image = try TestImage.random(layers: [900_000, 700_000])
        docker = try TestImage(seed: 3, mediaType: .dockerManifest)
        for tag in ["a", "b", "c", "d"] { try await image.write(to: source.store, in: repository, tag: Tag(tag)) }
        try await docker.write(to: source.store, in: repository, tag: Tag("docker"))
        let children = try [TestImage(seed: 11), TestImage(seed: 12)]
        for child in children { try await child.write(to: source.store, in: repository) }
        list = try TestImage.index(
            of: [
                children[0].descriptor(platform: Platform("linux/amd64")),
                children[1].descriptor(platform: Platform("linux/arm64")),
            ]
        )
        try await source.store.writeManifest(list, to: repository, tag: Tag("multi"))
        let subject = try image.descriptor()
        referrers = try Self.types.enumerated().map { index, type in
            try TestImage(seed: UInt64(20 + index), subject: subject, artifactType: type)
        }
        for referrer in referrers { try await referrer.write(to: source.store, in: repository) }
        signatureTag = "sha256-\(image.manifest.digest.hex).sig"
        try await TestImage(seed: 30).write(to: source.store, in: repository, tag: Tag(signatureTag))
        try await TestImage(seed: 31).write(to: source.store, in: RepositoryPath("other"), tag: Tag("v1"))
        let names = ["a", "b", "c", "d", "docker", "multi"].map { ["\(source.name)/team/app:\($0)"] }
        try scene.write(ImageSetText.make(images: names + [["\(source.name)/other:v1"]]), to: "isc.yaml")
        try await scene.ferry("mirror", "-c", "isc.yaml", "--volume-size", "1MiB", "file://set")
    }

    private var root: String { "/v2/team/app" }
    private var layer: TestBlob { image.layers[0] }

    /// Everything that is asked.
    var checks: [PullCheck] { base + blobs + ranges + manifests + lists + referrerLists + refusals }

    private var base: [PullCheck] {
        [
            PullCheck("the endpoint of the API", "GET", "/v2/", [200]) {
                $0.headers["docker-distribution-api-version"] == "registry/2.0"
            },
            PullCheck("the endpoint of the API without its slash", "GET", "/v2", [200, 301]),
            PullCheck("its head", "HEAD", "/v2/", [200]) { $0.body.isEmpty },
        ]
    }

    private var absent: String { "sha256:" + String(repeating: "0", count: 64) }

    private var blobs: [PullCheck] {
        let blob = layer
        let path = "\(root)/blobs/\(blob.descriptor.digest)"
        let digest = blob.descriptor.digest.description
        let config = image.config
        return [
            PullCheck("a blob", "GET", path, [200]) {
                $0.body == blob.bytes && $0.isComplete && $0.headers["docker-content-digest"] == digest
            },
            PullCheck("a blob's head", "HEAD", path, [200]) {
                $0.body.isEmpty && $0.headers["content-length"] == String(blob.bytes.count)
                    && $0.headers["docker-content-digest"] == digest
            },
            PullCheck("a config", "GET", "\(root)/blobs/\(config.descriptor.digest)", [200]) {
                $0.body == config.bytes
            },
            PullCheck("a blob that is known already", "GET", path, [304], headers: ["If-None-Match": "\"\(digest)\""]) {
                $0.body.isEmpty
            },
            .failure("an absent blob", "GET", "\(root)/blobs/\(absent)", [404], ["BLOB_UNKNOWN"]),
            .failure("an absent blob's head", "HEAD", "\(root)/blobs/\(absent)", [404], []),
            .failure(
                "a blob of another repository",
                "GET",
                "/v2/other/blobs/\(digest)",
                [404],
                ["BLOB_UNKNOWN"],
                in: .ours
            ),
            .failure(
                "a blob in no repository",
                "GET",
                "/v2/none/blobs/\(digest)",
                [404],
                ["NAME_UNKNOWN", "BLOB_UNKNOWN"]
            ),
            .failure(
                "a digest that is none",
                "GET",
                "\(root)/blobs/sha256:abc",
                [400, 404],
                ["DIGEST_INVALID"],
                in: .ours
            ),
        ]
    }

    private var ranges: [PullCheck] {
        let blob = layer
        let path = "\(root)/blobs/\(blob.descriptor.digest)"
        let size = blob.bytes.count
        func part(_ name: String, _ range: String, _ wanted: Range<Int>) -> PullCheck {
            PullCheck(name, "GET", path, [206], headers: ["Range": "bytes=\(range)"]) {
                $0.body == Array(blob.bytes[wanted])
                    && $0.headers["content-range"] == "bytes \(wanted.lowerBound)-\(wanted.upperBound - 1)/\(size)"
            }
        }
        return [
            part("the first bytes", "0-9", 0..<10),
            part("bytes across volumes", "1000-\(size - 2)", 1000..<(size - 1)),
            part("all from a byte on", "500000-", 500_000..<size),
            part("the last bytes", "-100", (size - 100)..<size),
            part("more last bytes than there are", "-\(size + 5)", 0..<size),
            part("to beyond the end", "\(size - 3)-\(size + 100)", (size - 3)..<size),
            PullCheck("beyond the end", "GET", path, [416], headers: ["Range": "bytes=\(size)-"]) {
                $0.headers["content-range"] == "bytes */\(size)"
            },
            PullCheck("several ranges", "GET", path, [200, 206], headers: ["Range": "bytes=0-1,5-6"]) {
                $0.status == 200 ? $0.body == blob.bytes : $0.headers["content-type"]?.hasPrefix("multipart/") == true
            },
            PullCheck("another unit", "GET", path, [200, 416], headers: ["Range": "rows=0-1"]),
            PullCheck(
                "a range of what has not changed",
                "GET",
                path,
                [206],
                headers: ["Range": "bytes=0-9", "If-Range": "\"\(blob.descriptor.digest)\""]
            ) { $0.body.count == 10 },
            PullCheck(
                "a range of something else",
                "GET",
                path,
                [200],
                headers: ["Range": "bytes=0-9", "If-Range": "\"other\""]
            ) { $0.body == blob.bytes },
            PullCheck("a head takes no range", "HEAD", path, [200], headers: ["Range": "bytes=0-9"], in: .ours) {
                $0.headers["content-length"] == String(size)
            },
        ]
    }

    private var manifests: [PullCheck] {
        let everything = [image.manifest, docker.manifest, list] + referrers.map(\.manifest)
        var checks: [PullCheck] = []
        let references =
            everything.map { ($0.digest.description, $0) }
            + [("a", image.manifest), ("d", image.manifest), ("docker", docker.manifest), ("multi", list)]
        for (reference, document) in references {
            let path = "\(root)/manifests/\(reference)"
            let isRight: @Sendable (RawResponse) -> Bool = {
                $0.headers["content-type"] == document.mediaType.text
                    && $0.headers["docker-content-digest"] == document.digest.description
                    && $0.headers["content-length"] == String(document.size)
            }
            let accept = ["Accept": document.mediaType.text]
            checks.append(
                PullCheck("manifest \(reference)", "GET", path, [200], headers: accept) {
                    isRight($0) && $0.body == document.bytes
                }
            )
            checks.append(
                PullCheck("the head of \(reference)", "HEAD", path, [200], headers: accept) {
                    isRight($0) && $0.body.isEmpty
                }
            )
        }
        let path = "\(root)/manifests/\(image.manifest.digest)"
        let digest = image.manifest.digest
        let bytes = image.manifest.bytes
        checks += [
            PullCheck("one that is known", "GET", path, [304], headers: ["If-None-Match": "\"\(digest)\""], in: .ours),
            PullCheck("whatever is accepted", "GET", path, [200], headers: ["Accept": "text/plain"], in: .ours) {
                $0.body == bytes
            },
            PullCheck(
                "the signature's tag",
                "GET",
                "\(root)/manifests/\(signatureTag)",
                [200],
                headers: [
                    "Accept": MediaType.ociManifest.text
                ]
            ),
        ]
        for (name, reference) in [("tag", "absent"), ("digest", absent)] {
            let path = "\(root)/manifests/\(reference)"
            checks.append(.failure("an absent \(name)", "GET", path, [404], ["MANIFEST_UNKNOWN"]))
            checks.append(.failure("the head of an absent \(name)", "HEAD", path, [404], []))
        }
        let layerPath = "\(root)/manifests/\(layer.descriptor.digest)"
        return checks + [
            .failure(
                "a manifest under a digest that is none",
                "GET",
                "\(root)/manifests/sha256:wrong",
                [400, 404],
                [
                    "DIGEST_INVALID", "MANIFEST_UNKNOWN", "NAME_INVALID",
                ],
                in: .ours
            ),
            PullCheck("a tag that is none", "GET", "\(root)/manifests/.NONE", [404, 400]),
            PullCheck("the head of a tag that is none", "HEAD", "\(root)/manifests/.NONE", [404, 400]),
            .failure("a layer as a manifest", "GET", layerPath, [404], ["MANIFEST_UNKNOWN"], in: .ours),
            .failure("no such repository", "GET", "/v2/none/manifests/a", [404], ["NAME_UNKNOWN", "MANIFEST_UNKNOWN"]),
            PullCheck("a name that is none", "GET", "/v2/Team/App/manifests/a", [400, 404]),
            PullCheck("a name that climbs", "GET", "/v2/../../etc/manifests/a", [301, 400, 404]),
        ]
    }

    private var lists: [PullCheck] {
        let tags = "\(root)/tags/list"
        let all = ["a", "b", "c", "d", "docker", "multi", signatureTag].sorted()
        return [
            // A registry without lists of referrers gets one more tag in their place.
            PullCheck("all tags", "GET", tags, [200]) { Set(all).isSubset(of: $0.listedNames ?? []) },
            // The tags of the other implementation are not always sorted, and its last page differs.
            PullCheck("a page of tags", "GET", "\(tags)?n=2", [200], in: .ours) {
                $0.listedNames == Array(all.prefix(2))
                    && $0.headers["link"]?.contains("\(tags)?") == true
                    && $0.headers["link"]?.hasSuffix("rel=\"next\"") == true
            },
            PullCheck("the page behind a tag", "GET", "\(tags)?n=2&last=\(all[1])", [200], in: .ours) {
                $0.listedNames == Array(all[2..<4])
            },
            PullCheck("the last page", "GET", "\(tags)?n=100&last=\(all[1])", [200], in: .ours) {
                $0.listedNames == Array(all.dropFirst(2)) && $0.headers["link"] == nil
            },
            PullCheck("no tags", "GET", "\(tags)?n=0", [200], in: .ours) { $0.listedNames == [] },
            PullCheck("a page of nonsense", "GET", "\(tags)?n=x", [400], in: .ours),
            PullCheck("the head of the tags", "HEAD", tags, [200], in: .ours) { $0.body.isEmpty },
            .failure("the tags of no repository", "GET", "/v2/none/tags/list", [404], ["NAME_UNKNOWN"]),
            PullCheck("all repositories", "GET", "/v2/_catalog", [200]) { $0.listedNames == ["other", "team/app"] },
            PullCheck("a page of repositories", "GET", "/v2/_catalog?n=1", [200]) {
                $0.listedNames == ["other"] && $0.headers["link"]?.contains("last=other") == true
            },
            PullCheck("the next page of repositories", "GET", "/v2/_catalog?n=1&last=other", [200]) {
                $0.listedNames == ["team/app"]
            },
            PullCheck("the head of the repositories", "HEAD", "/v2/_catalog", [200], in: .ours) { $0.body.isEmpty },
        ]
    }

    private var referrerLists: [PullCheck] {
        let path = "\(root)/referrers/\(image.manifest.digest)"
        let all = Set(referrers.map(\.manifest.digest.description))
        let first = referrers[0].manifest.digest.description
        func list(_ name: String, _ path: String, _ wanted: Set<String>, isFiltered: Bool = false) -> PullCheck {
            PullCheck(name, "GET", path, [200], in: .ours) {
                $0.headers["content-type"] == MediaType.ociIndex.text && $0.listedDigests.map { Set($0) } == wanted
                    && $0.headers["oci-filters-applied"] == (isFiltered ? "artifactType" : nil)
            }
        }
        let type = PullContent.types[0].replacingOccurrences(of: "/", with: "%2F")
        return [
            list("what refers to an image", path, all),
            list("of one type", "\(path)?artifactType=\(type)", [first], isFiltered: true),
            list("of a type that nobody has", "\(path)?artifactType=a", [], isFiltered: true),
            list("what refers to something absent", "\(root)/referrers/\(absent)", []),
            PullCheck("the head of what refers", "HEAD", path, [200], in: .ours) { $0.body.isEmpty },
            .failure("to a digest that is none", "GET", "\(root)/referrers/a", [400], ["DIGEST_INVALID"], in: .ours),
        ]
    }

    private var refusals: [PullCheck] {
        let manifest = "\(root)/manifests"
        let writes = [
            ("POST", "\(root)/blobs/uploads/"), ("POST", "\(root)/blobs/uploads/?mount=\(absent)&from=other"),
            ("PATCH", "\(root)/blobs/uploads/1"), ("PUT", "\(root)/blobs/uploads/1?digest=\(absent)"),
            ("DELETE", "\(root)/blobs/uploads/1"), ("PUT", "\(manifest)/new"), ("PUT", "\(manifest)/\(absent)"),
            ("DELETE", "\(manifest)/a"), ("DELETE", "\(manifest)/\(image.manifest.digest)"),
            ("DELETE", "\(root)/blobs/\(layer.descriptor.digest)"),
        ]
        let misplaced = [("POST", "/v2/"), ("PUT", "\(root)/tags/list"), ("DELETE", "/v2/_catalog")]
        return writes.map { .failure("\($0) \($1)", $0, $1, [405], ["UNSUPPORTED"], in: .readOnly) }
            + misplaced.map { .failure("\($0) \($1)", $0, $1, [405], ["UNSUPPORTED"], in: .ours) }
            + [
                PullCheck("the methods that are taken", "DELETE", "\(manifest)/a", [405], in: .readOnly) {
                    $0.headers["allow"] == "GET, HEAD"
                },
                PullCheck(
                    "a manifest under a digest that is none",
                    "PUT",
                    "\(manifest)/sha256:wrong",
                    [400, 404, 405]
                ),
            ]
    }
}
