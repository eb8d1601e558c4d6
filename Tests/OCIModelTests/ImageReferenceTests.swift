import Foundation
import OCIModel
import SeededRandom
import Testing

private let digest = "sha256:" + String(repeating: "1d", count: 32)

@Suite("Image references")
struct ImageReferenceTests {
    struct Row: Sendable {
        let text: String
        let registry: String
        let path: String
        var writtenPath: String?
        var tag: String?
        var digest: String?
    }

    @Test(
        "The table of forms",
        arguments: [
            // tag, digest, both, neither
            Row(text: "quay.io/a/b:1", registry: "quay.io", path: "a/b", tag: "1"),
            Row(text: "quay.io/a/b@\(digest)", registry: "quay.io", path: "a/b", digest: digest),
            Row(text: "quay.io/a/b:1@\(digest)", registry: "quay.io", path: "a/b", tag: "1", digest: digest),
            Row(text: "quay.io/a/b", registry: "quay.io", path: "a/b"),
            Row(text: "docker://quay.io/a/b:1", registry: "quay.io", path: "a/b", tag: "1"),
            // ports
            Row(text: "quay.io:443/a/b:1", registry: "quay.io:443", path: "a/b", tag: "1"),
            Row(text: "host:5000/a@\(digest)", registry: "host:5000", path: "a", digest: digest),
            Row(text: "host:5000/a/b:5000", registry: "host:5000", path: "a/b", tag: "5000"),
            Row(text: "localhost/a", registry: "localhost", path: "a"),
            Row(text: "localhost:5000/a:b", registry: "localhost:5000", path: "a", tag: "b"),
            // addresses
            Row(text: "10.0.0.1/a:1", registry: "10.0.0.1", path: "a", tag: "1"),
            Row(text: "[::1]/a", registry: "[::1]", path: "a"),
            Row(text: "[::1]/a:1", registry: "[::1]", path: "a", tag: "1"),
            Row(
                text: "[fd00::2]:5000/a/b:1@\(digest)",
                registry: "[fd00::2]:5000",
                path: "a/b",
                tag: "1",
                digest: digest
            ),
            // single components and Docker Hub
            Row(text: "nginx", registry: "docker.io", path: "library/nginx", writtenPath: "nginx"),
            Row(text: "nginx:1", registry: "docker.io", path: "library/nginx", writtenPath: "nginx", tag: "1"),
            Row(
                text: "nginx@\(digest)",
                registry: "docker.io",
                path: "library/nginx",
                writtenPath: "nginx",
                digest: digest
            ),
            Row(
                text: "localhost:5000",
                registry: "docker.io",
                path: "library/localhost",
                writtenPath: "localhost",
                tag: "5000"
            ),
            Row(text: "ubuntu/nginx:1", registry: "docker.io", path: "ubuntu/nginx", tag: "1"),
            Row(
                text: "docker.io/nginx:1",
                registry: "docker.io",
                path: "library/nginx",
                writtenPath: "nginx",
                tag: "1"
            ),
            Row(text: "docker.io/library/nginx:1", registry: "docker.io", path: "library/nginx", tag: "1"),
            Row(text: "index.docker.io/library/nginx", registry: "docker.io", path: "library/nginx"),
            Row(text: "index.docker.io/nginx", registry: "docker.io", path: "library/nginx", writtenPath: "nginx"),
            Row(text: "quay.io/single:1", registry: "quay.io", path: "single", tag: "1"),
            // eight deep
            Row(text: "q.io/1/2/3/4/5/6/7/8:t", registry: "q.io", path: "1/2/3/4/5/6/7/8", tag: "t"),
            // names that look like something else
            Row(text: "q.io/v2/manifests/blobs:tags", registry: "q.io", path: "v2/manifests/blobs", tag: "tags"),
            Row(text: "q.io/latest:latest", registry: "q.io", path: "latest", tag: "latest"),
            Row(
                text: "q.io/sha256:\(String(repeating: "1d", count: 32))",
                registry: "q.io",
                path: "sha256",
                tag: String(repeating: "1d", count: 32)
            ),
            Row(text: "q.io/a/sha256-1d:sha256-1d.sig", registry: "q.io", path: "a/sha256-1d", tag: "sha256-1d.sig"),
            Row(text: "localhost/localhost:localhost", registry: "localhost", path: "localhost", tag: "localhost"),
            Row(
                text: "docker.io/docker:docker",
                registry: "docker.io",
                path: "library/docker",
                writtenPath: "docker",
                tag: "docker"
            ),
            Row(text: "true/null:false", registry: "docker.io", path: "true/null", tag: "false"),
            Row(text: "q.io/con/nul/aux:prn", registry: "q.io", path: "con/nul/aux", tag: "prn"),
            Row(
                text: "library:library",
                registry: "docker.io",
                path: "library/library",
                writtenPath: "library",
                tag: "library"
            ),
        ]
    )
    func table(row: Row) throws {
        let reference = try ImageReference(row.text)
        #expect(reference.repository.registry.text == row.registry)
        #expect(reference.repository.path.text == row.path)
        #expect(reference.tag?.text == row.tag)
        #expect(reference.digest?.description == row.digest)
        #expect(try ImageReference.writtenPath(of: row.text).text == row.writtenPath ?? row.path)

        let canonical =
            "\(row.registry)/\(row.path)" + (row.tag.map { ":\($0)" } ?? "") + (row.digest.map { "@\($0)" } ?? "")
        #expect(reference.description == canonical)
        #expect(try ImageReference(canonical) == reference)
        let json = try JSONEncoder().encode([reference])
        #expect(try JSONDecoder().decode([ImageReference].self, from: json) == [reference])
        #expect(reference.manifestReference?.description == row.digest ?? row.tag)
    }

    @Test(
        "What is no reference, and which part is wrong",
        arguments: [
            ("", .invalidReference), ("docker://", .invalidReference), ("oci://a/b", .invalidReference),
            ("docker://docker://a", .invalidReference), ("https://quay.io/a", .invalidReference),
            ("quay.io/a:", .invalidTag), ("quay.io/a:.x", .invalidTag), ("a:b:c", .invalidRepository),
            ("quay.io/a@", .invalidDigest), ("quay.io/a@sha256:12", .invalidDigest), ("@\(digest)", .invalidRepository),
            ("quay.io/a@\(digest)@\(digest)", .invalidDigest), ("quay.io/a@\(digest):1", .invalidDigest),
            ("quay.io/", .invalidRepository), ("/a", .invalidRepository), ("quay.io//a", .invalidRepository),
            ("quay.io/a/", .invalidRepository), ("quay.io/../a", .invalidRepository), ("quay.io/A", .invalidRepository),
            ("Nginx", .invalidRepository), ("a b", .invalidRepository), (":1", .invalidRepository),
            ("a\n", .invalidRepository),
            ("host:0/a", .invalidRegistry), ("host:x/a", .invalidRegistry), ("-.io/a", .invalidRegistry),
            ("[::1/a", .invalidRegistry), ("[::x]/a", .invalidRegistry), ("[::1]", .invalidTag),
            ("a_b.io/c", .invalidRegistry),
            (" quay.io/a", .invalidRegistry),
        ] as [(String, OCIModelError.Code)]
    )
    func invalid(text: String, code: OCIModelError.Code) {
        let error = #expect(throws: OCIModelError.self) { try ImageReference(text) }
        #expect(error?.code == code)
        #expect(throws: OCIModelError.self) { try ImageReference.writtenPath(of: text) }
    }

    @Test("The message shows the whole reference and the part")
    func message() throws {
        let error = try #require(throws: OCIModelError.self) { try ImageReference("quay.io/acme/app:-1") }
        #expect(error.description.hasPrefix("\"quay.io/acme/app:-1\" is not an image reference: \"-1\" is not a tag"))
    }

    @Test("A path that is too long only with library/ is refused, not cut")
    func longShortName() {
        let text = String(repeating: "a", count: 250)
        #expect(throws: OCIModelError.self) { try ImageReference(text) }
    }

    @Test("Repositories have neither tag nor digest")
    func repositories() throws {
        #expect(try Repository("quay.io/a/b").description == "quay.io/a/b")
        #expect(try Repository("nginx").description == "docker.io/library/nginx")
        for text in ["quay.io/a:1", "quay.io/a@\(digest)"] {
            let error = #expect(throws: OCIModelError.self) { try Repository(text) }
            #expect(error?.code == .invalidRepository)
        }
    }

    @Test("Whatever is parsed is parsed the same from its canonical text", arguments: 0..<4)
    func fuzz(seed: UInt64) throws {
        var generator = FuzzSeed.generator(seed)
        let pieces = [
            "a", "b1", "quay.io", "localhost", "[::1]", "docker.io", "library", "/", "/", ":", ":", "@", ".", "-", "_",
            "__", "5000", digest, "sha256:", "docker://", "A", " ", "\u{301}", "é", "\u{0}", "\r\n", "[", "]", "..",
        ]
        var parsed = 0
        for _ in 0..<6_000 {
            let text = (0..<Int.random(in: 0...9, using: &generator))
                .compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            do {
                let reference = try ImageReference(text)
                parsed += 1
                #expect(try ImageReference(reference.description) == reference)
                #expect(reference.description.utf8.allSatisfy { (0x21...0x7e).contains($0) })
                #expect(try Repository(reference.repository.description) == reference.repository)
                #expect(try reference.repository.path.text.hasSuffix(ImageReference.writtenPath(of: text).text))
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(parsed > 200)
    }
}
