import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@testable import MirrorPlan

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

/// Lock files are written by hand too.
@Suite("Lock files from elsewhere")
struct ForeignLockFileTests {
    private static let first = "sha256:" + String(repeating: "1", count: 64)
    private static let second = "sha256:" + String(repeating: "2", count: 64)
    private static let blob = "sha256:" + String(repeating: "b", count: 64)

    /// A lock file of one image whose index has one child with one blob, with some parts replaced.
    private func lockFile(replacing parts: [(String, String)] = []) -> [UInt8] {
        var text = """
            {"format":1,"blobs":[{"digest":"\(Self.blob)","mediaType":"application/x","size":5,"sources":["q.io/a"]}],
            "images":[IMAGES],"manifests":[
            {"digest":"\(Self.first)","mediaType":"\(MediaType.ociIndex)","size":9,"blobs":[],"children":["\(Self.second)"],
            "omitted":[]},
            {"digest":"\(Self.second)","mediaType":"\(MediaType.ociManifest)","size":9,"blobs":["\(Self.blob)"],"children":[],
            "omitted":[]}]}
            """
        text = text.replacingOccurrences(of: "IMAGES", with: Self.image("v1"))
        for (old, new) in parts { text = text.replacingOccurrences(of: old, with: new) }
        return Array(text.utf8)
    }

    private static func image(_ tag: String) -> String {
        """
        {"origin":"q.io/a:v1","source":"q.io/a","digest":"\(first)","destination":"a","tags":["\(tag)"],"kind":"generic",
        "reasons":[],"platforms":[]}
        """
    }

    @Test func aWholeOneIsRead() throws {
        #expect(try MirrorPlan(lockFile: lockFile(), name: "lock.json").images.count == 1)
    }

    @Test(
        arguments: [
            ([("\"children\":[],", "\"children\":[\"\(first)\"],")], "in a loop"),
            ([("\"size\":5", "\"size\":-5")], "possible size"),
            ([("\"size\":5", "\"size\":1e40")], "out of range"),
            ([("generic", "specific")], "images[0].kind"),
            ([("\"tags\"", "\"tugs\"")], "images[0].tags is missing"),
            ([("\"a\"", "\"../a\"")], "\"..\""),
            ([("{\"format\":1", "")], "malformed"),
        ] as [([(String, String)], String)]
    )
    func aWrongOneIsRefusedWithTheReason(parts: [(String, String)], message: String) {
        let error = #expect(throws: MirrorPlanError.self) {
            try MirrorPlan(lockFile: lockFile(replacing: parts), name: "lock.json")
        }
        #expect(error?.code == .invalidLock)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func sizesThatCannotBeAddedAreRefused() throws {
        let digests = (0..<3000).map { "sha256:" + String(format: "%064x", $0) }
        let blobs = digests.map {
            "{\"digest\":\"\($0)\",\"mediaType\":\"application/x\",\"size\":\(Descriptor.maximumSize),\"sources\":[\"q.io/a\"]}"
        }
        let images = (0..<3000).map { Self.image("t\($0)") }
        let bytes = lockFile(replacing: [
            ("\"blobs\":[{", "\"blobs\":[\(blobs.joined(separator: ",")),{"),
            (Self.image("v1"), images.joined(separator: ",")),
        ])
        let error = #expect(throws: MirrorPlanError.self) { try MirrorPlan(lockFile: bytes, name: "lock.json") }
        #expect(error?.code == .invalidLock)
    }

    @Test func theOrderDoesNotDependOnTheOrderOfArrivalForAttachmentsOfSeveralImages() throws {
        let images = try [Self.first, Self.second].map { subject in
            PlannedImage(
                origin: try ImageReference("q.io/a@\(Self.blob)"),
                source: try Repository("q.io/a"),
                digest: try Digest(Self.blob),
                destination: try RepositoryPath("a"),
                tags: [],
                kind: .additional,
                reasons: [Reason("x")],
                attachment: .referrer,
                attachedTo: try Digest(subject)
            )
        }
        #expect(images.sorted() == images.reversed().sorted())
    }
}
