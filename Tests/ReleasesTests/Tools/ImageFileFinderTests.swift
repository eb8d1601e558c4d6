import Archiving
import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Synchronization
import Testing

@testable import Releases

/// Keeps what it is given.
private final class Memory: ImageFileReceiver {
    let bytes = Mutex<[UInt8]>([])

    func begin(size: Int64) throws { bytes.withLock { $0 = [] } }

    func write(_ chunk: UnsafeRawBufferPointer) throws { bytes.withLock { $0 += chunk } }

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
}

@Suite struct ImageFileFinderTests {
    private typealias Layer = @Sendable (TarWriter) throws -> Void

    private struct Case: Sendable {
        let name: String
        var paths = ["usr/bin/oc"]
        /// From the lowest up.
        let layers: [Layer]
        /// The content that is found; nil for nothing.
        let content: String?
        /// How many layers are read.
        let reads: Int
    }

    private static func file(_ path: String, _ text: String) -> Layer {
        { try $0.addFile(path, content: Array(text.utf8)) }
    }

    private static let cases = [
        Case(
            name: "the top",
            layers: [file("usr/bin/oc", "old"), file("usr/bin/oc", "new")],
            content: "new",
            reads: 1
        ),
        Case(name: "below", layers: [file("usr/bin/oc", "old"), file("etc/x", "x")], content: "old", reads: 2),
        Case(name: "removed", layers: [file("usr/bin/oc", "old"), file("usr/bin/.wh.oc", "")], content: nil, reads: 1),
        Case(name: "folder removed", layers: [file("usr/bin/oc", "old"), file(".wh.usr", "")], content: nil, reads: 1),
        Case(name: "nowhere", layers: [file("a", ""), file("b", "")], content: nil, reads: 2),
        Case(
            name: "twice",
            layers: [
                {
                    try file("usr/bin/oc", "1")($0)
                    try file("usr/bin/oc", "2")($0)
                }
            ],
            content: "2",
            reads: 1
        ),
        Case(
            name: "a symbolic link from the root",
            layers: [file("opt/oc", "linked"), { try $0.addLink("usr/bin/oc", to: "/opt/oc") }],
            content: "linked",
            reads: 3
        ),
        Case(
            name: "a symbolic link beside, replaced above",
            layers: [
                {
                    try file("usr/bin/oc.rhel9", "old")($0)
                    try $0.addLink("usr/bin/oc", to: "oc.rhel9")
                }, file("usr/bin/oc.rhel9", "new"),
            ],
            content: "new",
            reads: 3
        ),
        Case(
            name: "a symbolic link that climbs",
            layers: [
                {
                    try file("oc", "up")($0)
                    try $0.addLink("usr/bin/oc", to: "../../../../oc")
                }
            ],
            content: "up",
            reads: 2
        ),
        Case(
            name: "a symbolic link to nothing",
            layers: [{ try $0.addLink("usr/bin/oc", to: "gone") }],
            content: nil,
            reads: 2
        ),
        Case(
            name: "a hard link in the layer",
            layers: [
                {
                    try file("usr/bin/kubectl", "hard")($0)
                    try $0.addLink("usr/bin/oc", to: "usr/bin/kubectl", isHard: true)
                },
                file("usr/bin/kubectl", "other"),
            ],
            content: "hard",
            reads: 3
        ),
        Case(
            name: "a hard link to a lower layer",
            layers: [
                file("usr/bin/kubectl", "low"), { try $0.addLink("usr/bin/oc", to: "usr/bin/kubectl", isHard: true) },
            ],
            content: "low",
            reads: 3
        ),
        Case(
            name: "a link in place of the folder",
            paths: ["bin/oc"],
            layers: [
                {
                    try $0.addLink("bin", to: "usr/bin")
                    try file("usr/bin/oc", "merged")($0)
                }
            ],
            content: "merged",
            reads: 2
        ),
        Case(
            name: "two places, the likelier counts",
            paths: ["usr/bin/oc", "bin/oc"],
            layers: [
                {
                    try file("bin/oc", "b")($0)
                    try file("usr/bin/oc", "a")($0)
                    try file("bin/oc", "c")($0)
                }
            ],
            content: "a",
            reads: 1
        ),
        Case(
            name: "two places, the other",
            paths: ["usr/bin/oc", "bin/oc"],
            layers: [file("bin/oc", "b"), file("x", "")],
            content: "b",
            reads: 2
        ),
        Case(
            name: "a folder in its place",
            layers: [file("usr/bin/oc", "old"), file("usr/bin/oc/x", "")],
            content: nil,
            reads: 1
        ),
        Case(
            name: "taken away again in the layer",
            layers: [
                {
                    try file("usr/bin/oc", "1")($0)
                    try $0.addLink("usr/bin/oc", to: "/other")
                }, file("y", ""),
            ],
            content: nil,
            reads: 4
        ),
    ]

    @Test(arguments: cases.indices)
    func takesTheFileThatShows(index: Int) async throws {
        let it = Self.cases[index]
        let made = try HandMadePayload()
        let image = try component(made, layers: it.layers)
        let memory = Memory()
        let path = try await ImageFileFinder().find(it.paths, in: image, from: made.store, into: memory)
        #expect((path == nil ? nil : memory.text) == it.content, "\(it.name)")
        #expect(made.store.content.withLock { $0.reads }.count == it.reads, "\(it.name)")
    }

    private func component(_ made: HandMadePayload, layers: [Layer]) throws -> ComponentImage {
        let layers = try layers.map { try TarWriter.archive(compression: .gzip(level: 6), $0) }
        let document = try made.image(layers)
        guard case .image(let config, let blobs) = document.manifest.content else { throw CancellationError() }
        let reference = ImageReference(repository: made.reference.repository, digest: document.digest)
        return ComponentImage(
            component: ReleaseComponent(name: "cli", reference: reference, digest: document.digest),
            repository: made.reference.repository,
            digest: document.digest,
            config: config,
            layers: blobs
        )
    }

    private func failure(
        _ made: HandMadePayload,
        _ image: ComponentImage,
        maximumBytes: Int64 = 1000
    ) async -> ReleasesError? {
        do {
            _ = try await ImageFileFinder(maximumBytes: maximumBytes)
                .find(["usr/bin/oc"], in: image, from: made.store, into: Memory())
            return nil
        } catch {
            return error as? ReleasesError
        }
    }

    @Test func linksThatGoRoundEnd() async throws {
        let made = try HandMadePayload()
        let image = try component(
            made,
            layers: [
                {
                    try $0.addLink("usr/bin/oc", to: "/a")
                    try $0.addLink("a", to: "usr/bin/oc")
                }
            ]
        )
        #expect(await failure(made, image)?.code == .tooManyLinks)
    }

    @Test func largeFilesAndDamagedLayersAreRefused() async throws {
        let made = try HandMadePayload()
        let large = try component(made, layers: [Self.file("usr/bin/oc", String(repeating: "x", count: 1001))])
        #expect(await failure(made, large)?.code == .fileTooLarge)
        let image = try component(made, layers: [Self.file("usr/bin/oc", "oc"), Self.file("x", "x")])
        #expect(await failure(made, image) == nil)
        made.damage(image.layers[0].digest) { $0[$0.count / 2] ^= 1 }
        let damaged = await failure(made, image)
        #expect(damaged?.code == .storage && damaged?.kind == .integrity)
        let garbage = try made.image([Array("no archive at all".utf8)])
        guard case .image(let config, let blobs) = garbage.manifest.content else { return }
        let none = ComponentImage(
            component: image.component,
            repository: image.repository,
            digest: garbage.digest,
            config: config,
            layers: blobs
        )
        #expect(await failure(made, none)?.code == .invalidLayer)
    }
}

@Suite struct ImageLinkTests {
    @Test(arguments: [
        ("oc.rhel9", "usr/bin/oc", "usr/bin/oc.rhel9"), ("/oc", "usr/bin/oc", "oc"),
        ("../sbin/./oc", "usr/bin/oc", "usr/sbin/oc"),
        ("../../../..", "a/b", ""), ("", "a/b", "a"), ("//x//y/", "a", "x/y"),
    ])
    func links(target: String, path: String, expected: String) {
        #expect(ImageLink.path(of: target, at: path) == expected)
    }

    @Test func folders() {
        #expect(ImageLink.path("bin/oc", through: ["bin": "usr/bin"]) == "usr/bin/oc")
        #expect(ImageLink.path("a/b/c/oc", through: ["a/b": "/x"]) == "x/c/oc")
        #expect(ImageLink.path("a/oc", through: ["a": "/"]) == "oc")
        #expect(ImageLink.path("a/oc", through: ["b": "/"]) == nil)
        #expect(ImageLink.path("oc", through: ["oc": "/"]) == nil)
    }
}
