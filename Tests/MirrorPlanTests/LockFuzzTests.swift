import Foundation
import MirrorPlan
import OCIModel
import SeededRandom
import Testing

@Suite("Damaged lock files")
struct LockFuzzTests {
    private static let whole = """
        {"format":1,"images":[{"origin":"quay.io/a/b:1","source":"quay.io/a/b","digest":"sha256:\(
            String(repeating: "a", count: 64))","destination":"a/b","tags":["1"],"kind":"generic",
        "reasons":["additionalImages: [0]"],"platforms":["linux/amd64"]}],
        "manifests":[{"digest":"sha256:\(String(repeating: "a", count: 64))","size":10,
        "mediaType":"application/vnd.oci.image.manifest.v1+json","blobs":["sha256:\(
            String(repeating: "b", count: 64))"],"children":[],"omitted":[]}],
        "blobs":[{"digest":"sha256:\(String(repeating: "b", count: 64))","size":20,
        "mediaType":"application/vnd.oci.image.config.v1+json","sources":["quay.io/a/b"]}]}
        """

    @Test func theOriginalIsRead() throws {
        let plan = try MirrorPlan(lockFile: Array(Self.whole.utf8), name: "lock.json")
        #expect(plan.images.count == 1)
        #expect(plan.distinctBytes == 30)
    }

    @Test("Each damaged lock file gives a plan that is whole, or an error", arguments: 0..<4)
    func fuzz(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        let pieces = ["-1", "9223372036854775807", "1e999", "null", "[]", "{}", "\"", ",", "sha256:", "../", "\\u0000"]
        for _ in 0..<300 {
            var bytes = Array(Self.whole.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 32...126, using: &generator)
                case 1: bytes.remove(at: place)
                default:
                    bytes.insert(contentsOf: Array((pieces.randomElement(using: &generator) ?? "").utf8), at: place)
                }
            }
            do {
                let plan = try MirrorPlan(lockFile: bytes, name: "lock.json")
                let index = PlanIndex(plan)
                for image in plan.images { #expect(!index.closure(of: image.digest).isEmpty) }
                _ = try plan.lockFile()
            } catch let error as MirrorPlanError {
                #expect(error.code == .invalidLock)
            }
        }
    }
}
