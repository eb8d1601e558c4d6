import ImageStorage
import OCIModel
import SeededRandom
import Testing

@testable import Releases

@Suite struct ReleaseSignatureDocumentTests {
    private func decode(_ text: String) throws -> ReleaseSignatureDocument {
        try ReleaseSignatureDocument(decoding: Array(text.utf8), of: Digest(SignatureText.digest))
    }

    @Test func readsWhatIsSigned() throws {
        let document = try decode(SignatureText.document() + "\n")
        #expect(document.digest.description == SignatureText.digest)
        #expect(document.reference == "quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64")
        #expect(document.tag?.text == "4.18.1-x86_64")
        #expect(document.creator == "a test")
    }

    @Test(
        arguments: [
            (nil, nil), ("{}", nil), (#"{"creator":7,"x":[{}]}"#, nil), (#"{"creator":"c","anything":null}"#, "c"),
        ] as [(String?, String?)]
    )
    func takesAnythingInOptional(optional: String?, creator: String?) throws {
        #expect(try decode(SignatureText.document(optional: optional)).creator == creator)
    }

    @Test(arguments: [
        ("quay.io/a/b:v1", "v1"), ("quay.io/a/b", nil), ("not a reference:v1", nil), ("quay.io/a/b:..bad", nil),
        ("quay.io/a/b:v1@sha256:\(SignatureText.hex)", "v1"),
    ])
    func keepsAnyReferenceButOnlyGoodTags(reference: String, tag: String?) throws {
        let document = try decode(SignatureText.document(reference: reference))
        #expect(document.reference == reference)
        #expect(document.tag?.text == tag)
    }

    private static let good = SignatureText.document()

    private static func changed(_ part: String, _ other: String) -> String {
        good.replacing(part, with: other)
    }

    @Test(arguments: [
        changed("atomic container signature", "atomic container signature "),
        changed("atomic container signature", "Atomic Container Signature"),
        changed(#""type""#, #""Type""#), changed(#""critical""#, #""Critical""#),
        changed("docker-manifest-digest", "Docker-Manifest-Digest"), changed("docker-reference", "docker-Reference"),
        changed(#"{"critical""#, #"{"more":1,"critical""#), changed(#"{"type""#, #"{"more":1,"type""#),
        changed(#"{"docker-manifest-digest""#, #"{"more":1,"docker-manifest-digest""#),
        changed(#"{"docker-reference""#, #"{"more":1,"docker-reference""#),
        changed(#"{"type""#, #"{"type":"x","type""#), changed(#"{"critical""#, #"{"critical":{},"critical""#),
        changed(#"{"docker-manifest-digest""#, #"{"docker-manifest-digest":"sha256:0","docker-manifest-digest""#),
        changed(#"{"creator""#, #"{"creator":"x","creator""#),
        changed(#"{"creator":"a test","timestamp":1700000000}"#, "null"),
        changed(#"{"creator":"a test","timestamp":1700000000}"#, "[]"),
        changed("sha256:5a", "sha256:5A"), changed("sha256:5a", "md5:5a"), changed("sha256:5a", "sha256:"),
        changed(#""sha256:\#(SignatureText.hex)""#, "7"),
        changed("quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64", ""),
        changed("quay.io", String(repeating: "q", count: 5000)), good + "x", good + good, good + "\0",
        "\u{feff}" + good,
        "", "null", "[]", "{}", #"{"critical":null}"#, #"{"critical":{"type":"atomic container signature"}}"#,
        String(good.dropLast()), good + String(repeating: " ", count: 70_000),
    ])
    func refusesAnythingElse(text: String) {
        #expect { try decode(text) } throws: { ($0 as? ReleasesError)?.code == .signatureInvalidContent }
    }

    @Test(arguments: [
        "sha256:" + String(repeating: "5b", count: 32), "sha512:" + String(repeating: "5a", count: 64),
    ])
    func refusesAnotherRelease(digest: String) {
        #expect { try decode(SignatureText.document(digest: digest)) } throws: {
            ($0 as? ReleasesError)?.code == .signatureWrongDigest
        }
    }

    /// Whatever is done to a document, it never comes to sign another digest than the one that was asked for.
    @Test func survivesDamage() throws {
        let whole = Array(Self.good.utf8)
        let asked = try Digest(SignatureText.digest)
        var random = FuzzSeed.generator(72)
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: whole.dropFirst(place).prefix(20), at: place)
                }
            }
            do throws(ReleasesError) {
                let document = try ReleaseSignatureDocument(decoding: bytes, of: asked)
                #expect(document.digest == asked)
            } catch {
                #expect(error.kind == .integrity)
            }
        }
    }
}
