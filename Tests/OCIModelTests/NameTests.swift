import Foundation
import OCIModel
import Testing

private let hash64 = String(repeating: "0a", count: 32)

@Suite("Digests")
struct DigestTests {
    @Test("Both algorithms are parsed", arguments: [("sha256", 32), ("sha512", 64)])
    func valid(algorithm: String, bytes: Int) throws {
        let hex = String(repeating: "0f", count: bytes)
        let digest = try Digest("\(algorithm):\(hex)")
        #expect(digest.algorithm.rawValue == algorithm)
        #expect(digest.hex == hex)
        #expect(digest.description == "\(algorithm):\(hex)")
        #expect(digest.short == "0f0f0f0f0f0f")
        #expect(try Digest(algorithm: digest.algorithm, hash: [UInt8](repeating: 15, count: bytes)) == digest)
        #expect(try JSONDecoder().decode([Digest].self, from: JSONEncoder().encode([digest])) == [digest])
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", ":", "sha256", "sha256:", "sha256:0a", ":\(hash64)", "md5:0123456789abcdef0123456789abcdef",
            "sha256:\(hash64)0", "sha256:\(hash64.dropLast())", "sha256:\(hash64.uppercased())",
            "SHA256:\(hash64)", "sha256:\(hash64.dropLast())g", "sha256: \(hash64.dropLast())", "sha256:\(hash64)\n",
            "sha512:\(hash64)", "sha256:\(hash64.dropLast(2))\u{e9}", "sha256:\u{301}\(hash64)",
            "sha256:\(hash64.dropLast())\u{661}", "sha256+b64:\(hash64)",
        ]
    )
    func invalid(text: String) {
        let error = #expect(throws: OCIModelError.self) { try Digest(text) }
        #expect(error?.code == .invalidDigest)
    }

    @Test("They are ordered by their text")
    func order() throws {
        let digests = try [
            "sha512:" + hash64 + hash64, "sha256:" + hash64, "sha256:" + hash64.replacing("0a", with: "00"),
        ]
        .map { try Digest($0) }
        #expect(digests.sorted().map(\.description) == digests.map(\.description).sorted())
    }
}

@Suite("Tags")
struct TagTests {
    @Test(
        "Valid tags",
        arguments: ["latest", "_", "1", "V1.2_3-4", "4.18.1-x86_64", "a..b--c", String(repeating: "x", count: 128)]
    )
    func valid(text: String) throws {
        #expect(try Tag(text).text == text)
    }

    @Test(
        "Invalid tags",
        arguments: ["", ".a", "-a", "a b", "a/b", "a:b", "a+b", "a@b", "é", "a\u{301}", "a\n", "٣"]
            + [String(repeating: "x", count: 129)]
    )
    func invalid(text: String) {
        let error = #expect(throws: OCIModelError.self) { try Tag(text) }
        #expect(error?.code == .invalidTag)
    }

    @Test("A digest's tag has at most 64 digits", arguments: [("sha256", 32), ("sha512", 64)])
    func ofDigest(algorithm: String, bytes: Int) throws {
        let digest = try Digest("\(algorithm):" + String(repeating: "0b", count: bytes))
        #expect(try Tag(digest: digest).text == "\(algorithm)-" + String(repeating: "0b", count: 32))
    }
}

@Suite("Repository paths")
struct RepositoryPathTests {
    @Test(
        "Valid paths",
        arguments: [
            "a", "0", "a/b", "openshift/release-images", "a.b_c__d-e---f/0", "1/2/3/4/5/6/7/8",
            "library/tags/manifests/blobs/uploads/_".replacing("/_", with: ""), String(repeating: "a", count: 255),
        ]
    )
    func valid(text: String) throws {
        let path = try RepositoryPath(text)
        #expect(path.text == text)
        #expect(path.components.joined(separator: "/") == text)
    }

    @Test(
        "Invalid paths",
        arguments: [
            "", "/", "/a", "a/", "a//b", "A", "a/B", ".", "..", "a/../b", ".a", "a.", "-a", "a-", "_a", "a_", "a..b",
            "a___b", "a._b", "a.-b", "a-.b", "a_-b", "a b", "a:b", "a@b", "a\\b", "é", "a\u{301}", "a/\u{301}b", "a\n",
            "a%2fb", String(repeating: "a", count: 256),
        ]
    )
    func invalid(text: String) {
        let error = #expect(throws: OCIModelError.self) { try RepositoryPath(text) }
        #expect(error?.code == .invalidRepository)
    }

    @Test("A path below another")
    func below() throws {
        let path = try RepositoryPath("b/c")
        #expect(try path.below(RepositoryPath("a")).text == "a/b/c")
        #expect(try path.below(nil) == path)
        let long = try RepositoryPath(String(repeating: "a", count: 254))
        #expect(throws: OCIModelError.self) { try path.below(long) }
    }
}

@Suite("Registry names")
struct RegistryNameTests {
    @Test(
        "Valid names",
        arguments: [
            ("quay.io", "quay.io", nil), ("localhost", "localhost", nil), ("localhost:5000", "localhost", 5_000),
            ("Mirror-1.Lab:65535", "Mirror-1.Lab", 65_535), ("10.0.0.1:1", "10.0.0.1", 1),
            ("[::1]", "::1", nil), ("[::1]:5000", "::1", 5_000), ("[fd00:1:2:3:4:5:6:7]", "fd00:1:2:3:4:5:6:7", nil),
            ("[2001:DB8::8:800:200C:417A]:443", "2001:DB8::8:800:200C:417A", 443), ("[::]", "::", nil),
            ("[::ffff:10.0.0.1]", "::ffff:10.0.0.1", nil), ("[1::]", "1::", nil),
            ("[1:2:3:4:5:6:1.2.3.4]", "1:2:3:4:5:6:1.2.3.4", nil),
        ] as [(String, String, Int?)]
    )
    func valid(text: String, host: String, port: Int?) throws {
        let name = try RegistryName(text)
        #expect(name.text == text)
        #expect(name.host == host)
        #expect(name.port == port)
    }

    @Test(
        "Invalid names",
        arguments: [
            "", ":", ":5000", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "a/b", "é.io", "a\u{301}.io",
            "quay.io\n",
            "a:", "a:0", "a:65536", "a:+1", "a:-1", "a:1a", "a:99999999999999999999", "a:٣", "a:1:2", "::1", "1::2",
            "[", "]", "[]", "[::1", "::1]", "[::1]5000", "[::1]:", "[::1]:x", "[:]", "[:::]", "[1:2]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1:2:3:4:5:6:7:8::]", "[1::2::3]", "[12345::]", "[g::]", "[::1.2.3]", "[::1.2.3.256]", "[1.2.3.4::]",
            "[:1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:]", "[fe80::1%eth0]", "[a.b.c]", "[::+1]",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
        ]
    )
    func invalid(text: String) {
        let error = #expect(throws: OCIModelError.self) { try RegistryName(text) }
        #expect(error?.code == .invalidRegistry)
    }

    @Test(
        "This machine is known by all its names, and by no other",
        arguments: [
            ("localhost", true), ("LocalHost:5000", true), ("127.0.0.1:5000", true), ("127.255.1.2", true),
            ("[::1]:5000", true), ("[0:0:0:0:0:0:0:1]", true), ("[::ffff:127.0.0.1]", true),
            ("127.0.0.1.evil.com", false), ("127.evil.com", false), ("128.0.0.1", false), ("127.0.0.256", false),
            ("localhost.evil.com", false), ("[::2]", false), ("[::127.0.0.1]", false), ("quay.io", false),
        ]
    )
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try RegistryName(text).isLoopback == isLoopback)
    }
}

@Suite("Media types")
struct MediaTypeTests {
    @Test(
        "Parameters, blanks and case are taken off",
        arguments: [
            "application/vnd.oci.image.index.v1+json", "  application/vnd.oci.image.index.v1+json\t",
            "application/vnd.oci.image.index.v1+json; charset=utf-8", "application/vnd.oci.image.index.v1+json ;x",
            "Application/VND.oci.image.INDEX.v1+json",
        ]
    )
    func valid(text: String) throws {
        #expect(try MediaType(text) == .ociIndex)
    }

    @Test(
        "What is no media type",
        arguments: [
            "", " ", ";", "a", "/", "a/", "/a", "a/b/c", "a b/c", "a/b c", "a/b\n", "é/a", "a/\u{212a}",
            "application/vnd.doc\u{212a}er.distribution.manifest.v2+json", "a/" + String(repeating: "b", count: 254),
        ]
    )
    func invalid(text: String) {
        let error = #expect(throws: OCIModelError.self) { try MediaType(text) }
        #expect(error?.code == .invalidMediaType)
    }

    @Test("Kinds")
    func kinds() throws {
        #expect(MediaType.manifests.allSatisfy { $0.isIndex != $0.isImageManifest })
        #expect(MediaType.dockerForeignLayer.isNonDistributable)
        #expect(!MediaType.ociLayer.isNonDistributable)
        #expect(try !MediaType("application/vnd.docker.distribution.manifest.v1+json").isImageManifest)
    }

    @Test("OCI's own name for layers from elsewhere is known")
    func nonDistributable() throws {
        #expect(try MediaType("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip").isNonDistributable)
    }
}

@Suite("Platforms")
struct PlatformTests {
    @Test("Valid platforms", arguments: ["linux/amd64", "linux/arm/v7", "windows/amd64", "unknown/unknown"])
    func valid(text: String) throws {
        #expect(try Platform(text).description == text)
    }

    @Test(
        "Invalid platforms",
        arguments: ["", "linux", "/", "linux/", "/amd64", "a/b/", "a/b/c/d", "a b/c", "a/\n", "é/a"]
    )
    func invalid(text: String) {
        let error = #expect(throws: OCIModelError.self) { try Platform(text) }
        #expect(error?.code == .invalidPlatform)
    }

    @Test("A filter does not look at the variant, and parts cannot smuggle a slash")
    func selection() throws {
        #expect(try Platform("linux/arm/v7").isSelected(by: Platform("linux/arm")))
        #expect(try !Platform("linux/arm64").isSelected(by: Platform("linux/arm")))
        #expect(try Platform(os: "linux", architecture: "arm", variant: "").variant == nil)
        #expect(throws: OCIModelError.self) { try Platform(os: "a/b", architecture: "c") }
    }
}

@Suite("Errors about foreign text")
struct OCIModelErrorTests {
    @Test("Long text is cut, even if it is one character")
    func long() throws {
        for text in [String(repeating: "A", count: 100_000), "a" + String(repeating: "\u{301}", count: 100_000)] {
            let error = try #require(throws: OCIModelError.self) { try RepositoryPath(text) }
            #expect(error.description.unicodeScalars.count < 800)
        }
    }

    @Test(
        "Control characters do not reach the terminal",
        arguments: ["a\u{1b}[2J", "a\u{9b}2J", "a\r\nb", "a\u{202e}b"]
    )
    func control(text: String) throws {
        for error in [
            try #require(throws: OCIModelError.self) { try RepositoryPath(text) },
            try #require(throws: OCIModelError.self) { try ImageReference("quay.io/\(text)") },
        ] {
            #expect(
                error.description.unicodeScalars.allSatisfy {
                    ![.control, .format].contains($0.properties.generalCategory)
                }
            )
        }
    }
}
