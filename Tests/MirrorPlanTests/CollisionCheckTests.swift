import MirrorPlan
import OCIModel
import OpenSSLCrypto
import Testing

@Suite("Collisions at the destination")
struct CollisionCheckTests {
    private func image(_ path: String, tag: String = "v1", content: String) throws -> PlannedImage {
        PlannedImage(
            origin: try ImageReference("quay.io/\(path):\(tag)"),
            source: try Repository("quay.io/\(path)"),
            digest: try ContentHasher.digest(of: Array(content.utf8)),
            destination: try RepositoryPath(path),
            tags: [try OCIModel.Tag(tag)],
            kind: .additional,
            reasons: [.additionalImage(index: 0, line: 1)]
        )
    }

    @Test(
        "a limit for nested paths may bring two images to one place",
        arguments: [
            (2, "a/b/c", "a/b-c", "1", "2", true), (2, "a/b/c", "a/b-c", "1", "1", false),
            (3, "a/b/c", "a/b-c", "1", "2", false), (2, "a/b/c", "a/b/d", "1", "2", false),
            (1, "a/b", "a-b", "1", "2", true),
        ] as [(Int, String, String, String, String, Bool)]
    )
    func nesting(limit: Int, one: String, other: String, content: String, otherContent: String, collides: Bool) throws {
        let images = [try image(one, content: content), try image(other, content: otherContent)]
        let target = try TargetNamespace("mirror.lab", maxNestedPaths: limit)
        do {
            try CollisionCheck.check(images) { try target.repository(for: $0) }
            #expect(!collides)
        } catch let error as MirrorPlanError {
            #expect(collides)
            #expect(error.code == .destinationCollision)
            for name in [one, other] { #expect(error.message.contains("quay.io/\(name):v1"), "\(error.message)") }
            #expect(error.message.contains("--max-nested-paths"))
        }
    }

    @Test func withoutNestingItIsNotBlamed() throws {
        let images = [try image("a", content: "1"), try image("a", content: "2")]
        let error = #expect(throws: MirrorPlanError.self) { try CollisionCheck.check(images) { $0 } }
        #expect(error?.message.contains("--max-nested-paths") == false)
        #expect(error?.message.contains("a:v1; give one of them a targetRepo or targetTag") == true)
    }
}
