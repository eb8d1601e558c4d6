import FerryTestSupport
import Foundation
import NIOCore
import OCIModel
import Testing

@testable import ImageStorage

@Suite("Layouts made by other tools")
struct ForeignLayoutTests {
    /// An OCI layout of regclient with nested, looping and multi-arch indexes, if it is there.
    private static let shared: String? = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent("../shared/data/testrepo").standardizedFileURL.path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
        }
        return nil
    }()

    @Test(
        "names become repositories and tags",
        arguments: [
            ("team/app:v1", "team/app", "v1"), ("v1", "folder", "v1"), ("latest", "folder", "latest"),
            ("docker.io/library/busybox:1", "docker.io/library/busybox", "1"),
            ("localhost:5000/a/b:1.0", "a/b", "1.0"), ("Not Valid!", "folder", nil), ("UP/case:v1", "folder", nil),
            (nil, "folder", nil), ("../../etc:v1", "folder", nil), ("..", "folder", nil),
        ] as [(String?, String, String?)]
    )
    func names(_ name: String?, _ repository: String, _ tag: String?) throws {
        let layout = try LayoutNames(defaultRepository: nil, folder: "/some/Folder")
        let entry = try Descriptor(
            mediaType: .ociManifest,
            digest: try Digest(algorithm: .sha256, hex: String(repeating: "a", count: 64)),
            size: 1,
            annotations: name.map { [LayoutNames.annotation: $0] } ?? [:]
        )
        let place = layout.place(of: entry)
        #expect(place.repository.text == repository)
        #expect(place.tag?.text == tag)
    }

    @Test(
        "the default repository is named after the folder",
        arguments: [
            ("/a/testrepo", "testrepo"), ("/a/My Mirror.v2", "my-mirror-v2"), ("/a/__", "images"), ("/", "images"),
        ]
    )
    func defaultRepository(_ folder: String, _ expected: String) throws {
        #expect(try LayoutNames(defaultRepository: nil, folder: folder).defaultRepository.text == expected)
    }

    @Test("a real one opens for reading", .enabled(if: shared != nil))
    func readOnly() async throws {
        let path = try #require(Self.shared)
        var options = FolderStore.Options()
        options.isReadOnly = true
        let store = try await FolderStore.open(at: path, options: options)
        let repository = try RepositoryPath("testrepo")
        #expect(try await store.repositories() == [repository])
        let tags = try await store.tags(in: repository)
        #expect(Set(["v1", "v2", "v3", "a1", "loop", "mirror"]).isSubset(of: Set(tags.map(\.text))))
        for tag in tags { #expect(try await store.readBack(.tag(tag), in: repository) != nil) }
        let index = try #require(try await store.manifest(.tag(Tag("v1")), in: repository))
        let child = try #require(index.manifest.children.first)
        let image = try #require(try await store.manifest(.digest(child.digest), in: repository))
        for blob in image.manifest.blobs {
            let count = try await store.withBlob(blob, in: repository, from: 0) { stream in
                var count = 0
                while let chunk = try await stream.next() { count += chunk.readableBytes }
                return count
            }
            #expect(Int64(count) == blob.size)
        }
        let subject = try #require(try await store.manifest(.tag(Tag("v2")), in: repository))
        #expect(try await !store.referrers(of: subject.digest, in: repository).isEmpty)
    }

    @Test("a real one opens for writing, keeps its names and takes more", .enabled(if: shared != nil))
    func readWrite() async throws {
        let path = try #require(Self.shared)
        try await withTemporaryFolder { folder in
            let copy = "\(folder)/testrepo"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let repository = try RepositoryPath("testrepo")
            let before: [String]
            do {
                let store = try await FolderStore.open(at: copy)
                before = try await store.tags(in: repository).map(\.text)
                try await TestImage().write(to: store, in: repository, tag: Tag("added"))
                try await store.close()
            }
            let names = try Manifest(
                decoding: Data(contentsOf: URL(fileURLWithPath: "\(copy)/index.json")),
                contentType: nil
            )
            .children.compactMap { $0.annotations[LayoutNames.annotation] }
            #expect(Set(before + ["added", "testrepo:added"]).isSubset(of: Set(names)))
            let store = try await FolderStore.open(at: copy)
            #expect(try await store.tags(in: repository).count == before.count + 1)
            try await store.close()
        }
    }

    @Test("what another tool wrote stays as it is until something changes", .enabled(if: shared != nil))
    func untouched() async throws {
        let path = try #require(Self.shared)
        try await withTemporaryFolder { folder in
            let copy = "\(folder)/testrepo"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let index = URL(fileURLWithPath: "\(copy)/index.json")
            let before = try Data(contentsOf: index)
            for _ in 1...2 {
                let store = try await FolderStore.open(at: copy)
                try await store.close()
                #expect(try Data(contentsOf: index) == before)
            }
            do {
                let store = try await FolderStore.open(at: copy)
                #expect(try await store.deleteTag(Tag("v1"), in: RepositoryPath("testrepo")))
                // Not closed: the index on the disk still names the tag.
            }
            let store = try await FolderStore.open(at: copy)
            #expect(try await !store.tags(in: RepositoryPath("testrepo")).map(\.text).contains("v1"))
            try await store.close()
            #expect(try Data(contentsOf: index) != before)
        }
    }

    @Test("a link never leads out of the folder")
    func links() async throws {
        try await withTemporaryFolder { path in
            let secret = try TestBlob(seed: 1, size: 100)
            let image = try TestImage(layers: [secret], seed: 2)
            let store = try await FolderStore.open(at: path + "/layout")
            let repository = try RepositoryPath("layout")
            try await image.write(to: store, in: repository, tag: Tag("v1"))
            try await store.close()
            let file = "\(path)/layout/blobs/sha256/\(secret.descriptor.digest.hex)"
            try FileManager.default.moveItem(atPath: file, toPath: path + "/outside")
            try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: path + "/outside")
            var options = FolderStore.Options()
            options.isReadOnly = true
            for keepsJournal in [true, false] {
                if !keepsJournal { try FileManager.default.removeItem(atPath: path + "/layout/ferry-registry.jsonl") }
                let opened = try await FolderStore.open(at: path + "/layout", options: options)
                await #expect(throws: ImageStorageError.self) {
                    try await opened.withBlob(secret.descriptor, in: repository, from: 0) { _ = try await $0.next() }
                }
                #expect(try await opened.manifest(.tag(Tag("v1")), in: repository)?.digest == image.manifest.digest)
            }
        }
    }
}
