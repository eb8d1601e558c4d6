import OCIModel
import SeededRandom
import Testing

private typealias Tag = OCIModel.Tag

private let sha256 = "sha256:" + String(repeating: "1d", count: 32)
private let sha512 = "sha512:" + String(repeating: "a9", count: 64)

/// References as users write them: what each means, or what is said of it.
@Suite("Every form of a reference, or a sentence about it") struct ReferenceTableTests {
    struct Form: Sendable, CustomTestStringConvertible {
        let text: String
        let canonical: String
        var testDescription: String { String(text.prefix(60)) }

        init(_ text: String, _ canonical: String? = nil) {
            self.text = text
            self.canonical = canonical ?? text
        }
    }

    @Test(
        "what is taken",
        arguments: [
            Form("quay.io/a/b:1"), Form("quay.io/a/b@\(sha256)"), Form("quay.io/a/b:1@\(sha256)"),
            Form("quay.io/a/b@\(sha512)"), Form("quay.io/a/b:1@\(sha512)"), Form("quay.io:8443/a:1"),
            Form("[fd00::2]/a:1"), Form("[fd00::2]:5000/a:1"), Form("[::ffff:10.0.0.1]:5000/a@\(sha256)"),
            Form("alpine", "docker.io/library/alpine"), Form("alpine:3", "docker.io/library/alpine:3"),
            Form("library/alpine", "docker.io/library/alpine"), Form("docker.io/alpine", "docker.io/library/alpine"),
            Form("docker://alpine:3", "docker.io/library/alpine:3"), Form("docker://quay.io/a", "quay.io/a"),
            Form("q.io/1/2/3/4/5/6/7/8:t"), Form("q.io/a/b/c/d/e/f/g/h@\(sha256)"),
            // names that commands and hosts have, too
            Form("delete/mirror:release-images", "docker.io/delete/mirror:release-images"),
            Form("q.io/delete/mirror:release-images"), Form("q.io/v2/catalog/tags:list"),
            Form("localhost", "docker.io/library/localhost"), Form("localhost/localhost:localhost"),
            Form("localhost:5000/a"), Form("mirror", "docker.io/library/mirror"),
            Form("file:latest", "docker.io/library/file:latest"), Form("q.io/latest"), Form("q.io/sha256:1d"),
            // host names know no case, and are kept as written
            Form("QUAY.IO/a:1"), Form("Quay.io/a:V1.0_RC-2"),
            Form("q.io/a__b/c-d/e.f/g---h:_t"), Form("q.io/" + String(repeating: "a", count: 255)),
            Form("q.io/a:" + String(repeating: "t", count: 128)),
        ]
    )
    func taken(form: Form) throws {
        let reference = try ImageReference(form.text)
        #expect(reference.description == form.canonical)
        #expect(try ImageReference(reference.description) == reference)
        #expect(try ImageReference("docker://\(form.canonical)") == reference)
    }

    @Test(
        "what is refused, and the words that tell why",
        arguments: [
            ("", .invalidReference, "empty"), ("docker://", .invalidReference, "empty"),
            ("https://quay.io/a", .invalidReference, "transport"), ("oci://dir", .invalidReference, "transport"),
            ("--x", .invalidRepository, "--x"), ("q.io/--x", .invalidRepository, "--x"),
            ("-a/b", .invalidRepository, "-a"),
            ("q.io/a%2fb", .invalidRepository, "a%2fb"), ("q.io/a:1%20", .invalidTag, "1%20"),
            ("q.io/bücher", .invalidRepository, "bücher"), ("q.io/a:тег", .invalidTag, "тег"),
            ("münchen.de/a", .invalidRegistry, "host name"), ("q.io/a\u{202e}b", .invalidRepository, "\u{fffd}"),
            ("q.io/A", .invalidRepository, "A"), ("Alpine", .invalidRepository, "Alpine"),
            ("q.io/a/", .invalidRepository, "q.io/a/"), ("q.io//a", .invalidRepository, "q.io//a"),
            ("/a", .invalidRepository, "/a"), ("q.io/", .invalidRepository, "q.io/"),
            ("q.io/../a", .invalidRepository, ".."), ("q.io/./a", .invalidRepository, "."),
            ("q.io/a:", .invalidTag, "tag"), ("q.io/a:-1", .invalidTag, "-1"),
            ("q.io/a:" + String(repeating: "t", count: 129), .invalidTag, "128"),
            ("q.io/" + String(repeating: "a", count: 256), .invalidRepository, "255"),
            (String(repeating: "a", count: 100_000), .invalidRepository, "255"),
            (String(repeating: "h", count: 300) + ".io/a", .invalidRegistry, "host name"),
            ("q.io/a@", .invalidDigest, "digest"), ("q.io/a@sha256:1d", .invalidDigest, "64"),
            ("q.io/a@sha512:\(String(repeating: "1d", count: 32))", .invalidDigest, "128"),
            ("q.io/a@md5:\(String(repeating: "1d", count: 16))", .invalidDigest, "md5"),
            ("q.io/a@\(sha256.uppercased())", .invalidDigest, "digest"),
            ("q.io/a@\(sha256)@\(sha256)", .invalidDigest, "@"),
            ("q.io/a@\(sha256):1", .invalidDigest, ":1"),
            ("[fd00::2/a", .invalidRegistry, "never closes"), ("[fd00::2]5000/a", .invalidRegistry, "after its IPv6"),
            ("[fd00::g]/a", .invalidRegistry, "IPv6"), ("fd00::2/a", .invalidRegistry, "fd00::2"),
            ("q.io:99999/a", .invalidRegistry, "65535"), ("q.io:/a", .invalidRegistry, "65535"),
            ("user:secret@q.io/a", .invalidReference, "***@q.io/a"),
            ("q.io/a b", .invalidRepository, "a b"), ("q.io/a\n", .invalidRepository, "\u{fffd}"),
            ("a:b:c", .invalidRepository, "a:b"),
        ] as [(String, OCIModelError.Code, String)]
    )
    func refused(text: String, code: OCIModelError.Code, words: String) throws {
        let error = try #require(throws: OCIModelError.self) { try ImageReference(text) }
        #expect(error.code == code)
        #expect(error.description.contains(words), "\(error)")
        // One sentence of bounded length, whatever came in.
        #expect(error.description.count <= 800)
        #expect(!error.description.contains("\n"))
    }

    @Test(
        "what may be a password is never shown",
        arguments: [
            "user:secret@q.io/a", "docker://user:secret@q.io:5000/a:1", "user:secret@q.io", "docker://user:secret@q.io",
            "user:se/secret@q.io/a", "user:s@secret@q.io/a", "https://user:secret@q.io/a", "secret@q.io/a",
            "user:secret@q.io/a@\(sha256)", "user:secret@@q.io/a", "user:secret@q.io:x/a@sha256:12",
        ]
    )
    func secrets(text: String) throws {
        let error = try #require(throws: OCIModelError.self) { try ImageReference(text) }
        #expect(!"\(error)".contains("secret"), "\(error)")
        #expect("\(error)".contains("q.io"), "\(error)")
        let bare = text.replacing("docker://", with: "")
        if let error = #expect(throws: OCIModelError.self, performing: { try RegistryName(bare) }) {
            #expect(!"\(error)".contains("secret"), "\(error)")
        }
        if let error = #expect(throws: OCIModelError.self, performing: { try RepositoryPath(bare) }) {
            #expect(!"\(error)".contains("secret"), "\(error)")
        }
    }

    @Test("digests that are misspelt are shown", arguments: ["q.io/a@sha25:1d", "q.io/a:1@x", "nginx@sha256:12"])
    func misspelt(text: String) throws {
        let error = try #require(throws: OCIModelError.self) { try ImageReference(text) }
        #expect("\(error)".contains(text), "\(error)")
    }

    @Test("whatever is printed is read as the same: references made of parts", arguments: 0..<4)
    func fuzzPrinted(seed: UInt64) throws {
        var generator = FuzzSeed.generator(seed &+ 77)
        let hosts = ["quay.io", "localhost", "127.0.0.1:5000", "[::1]", "[fd00::2]:65535", "docker.io", "A.b-c.D:1"]
        let words = ["a", "b1", "library", "mirror", "v2", "a__b", "c-d", "e.f", "localhost", "sha256", "delete"]
        let tags = ["latest", "1", "_", "V1.0-rc_2", "sha256-1d.sig", String(repeating: "t", count: 128)]
        for _ in 0..<3_000 {
            let depth = Int.random(in: 1...9, using: &generator)
            let path = (0..<depth).compactMap { _ in words.randomElement(using: &generator) }.joined(separator: "/")
            let tag = Bool.random(using: &generator) ? tags.randomElement(using: &generator) : nil
            let digest = Bool.random(using: &generator) ? [sha256, sha512].randomElement(using: &generator) : nil
            let host = hosts.randomElement(using: &generator) ?? "q.io"
            // Docker Hub has no repository without a namespace: it is printed with the one that is implied.
            let isShort = host == "docker.io" && depth == 1
            let made = ImageReference(
                repository: Repository(
                    registry: try RegistryName(host),
                    path: try RepositoryPath(isShort ? "library/\(path)" : path)
                ),
                tag: try tag.map { try Tag($0) },
                digest: try digest.map { try Digest($0) }
            )
            #expect(try ImageReference(made.description) == made)
            #expect(try ImageReference("docker://\(made)") == made)
        }
    }

    @Test("damaged references are refused or read, and never worse", arguments: 0..<4)
    func fuzzDamaged(seed: UInt64) {
        var generator = FuzzSeed.generator(seed &+ 177)
        let sound = [
            "quay.io/a/b:1@\(sha256)", "[fd00::2]:5000/a/b:1", "alpine", "docker://localhost:5000/x@\(sha512)",
        ]
        for _ in 0..<3_000 {
            var scalars = Array((sound.randomElement(using: &generator) ?? "a").unicodeScalars)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...scalars.count, using: &generator)
                let value = UInt32.random(in: 0...0x2fff, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0 where place < scalars.count: scalars.remove(at: place)
                case 1 where place < scalars.count: scalars.swapAt(place, 0)
                default: scalars.insert(Unicode.Scalar(value) ?? "x", at: place)
                }
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            let text = String(view)
            do {
                let reference = try ImageReference(text)
                #expect(try ImageReference(reference.description) == reference, "\(text.debugDescription)")
            } catch {
                #expect(error.description.count <= 800 && !error.reason.isEmpty)
            }
        }
    }
}
