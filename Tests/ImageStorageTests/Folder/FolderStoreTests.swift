import FerryTestSupport
import Foundation
import NIOCore
import OCIModel
import Testing

@testable import ImageStorage

@Suite("Folder store")
struct FolderStoreTests {
    private func repository(_ text: String = "team/app") throws -> RepositoryPath { try RepositoryPath(text) }

    private func options(_ change: (inout FolderStore.Options) -> Void = { _ in }) -> FolderStore.Options {
        var options = FolderStore.Options()
        options.syncsToDisk = false
        change(&options)
        return options
    }

    private func names(in index: String) throws -> [String] {
        let data = try Data(contentsOf: URL(fileURLWithPath: index))
        return try Manifest(decoding: data, contentType: nil).children
            .map { $0.annotations["org.opencontainers.image.ref.name"] ?? "-" }.sorted()
    }

    private func append(_ text: String, to path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test("content survives closing and opening, and so do deletions")
    func reopening() async throws {
        try await withTemporaryFolder { path in
            let (kept, gone) = (try TestImage(seed: 1), try TestImage(seed: 2))
            let blob = try TestBlob(seed: 77, size: 600_000)
            do {
                let store = try await FolderStore.open(at: path)
                try await kept.write(to: store, in: repository(), tag: Tag("v1"))
                try await gone.write(to: store, in: repository(), tag: Tag("v2"))
                try await blob.write(to: store, in: repository("one"))
                #expect(try await store.mountBlob(blob.descriptor, from: repository("one"), to: repository("two")))
                #expect(try await store.deleteBlob(blob.descriptor.digest, in: repository("one")))
                #expect(try await store.deleteManifest(gone.manifest.digest, in: repository()))
                #expect(try await store.deleteBlob(gone.layers[0].descriptor.digest, in: repository()))
                try await store.close()
            }
            let file = { (digest: Digest) in "\(path)/blobs/sha256/\(digest.hex)" }
            #expect(!FileManager.default.fileExists(atPath: file(gone.manifest.digest)))
            #expect(!FileManager.default.fileExists(atPath: file(gone.layers[0].descriptor.digest)))
            #expect(FileManager.default.fileExists(atPath: file(gone.layers[1].descriptor.digest)))
            let store = try await FolderStore.open(at: path)
            #expect(try await store.readBack(.tag(Tag("v1")), in: repository()) == kept.manifest.digest)
            #expect(try await store.tags(in: repository()).map(\.text) == ["v1"])
            #expect(try await store.containsBlob(blob.descriptor, in: repository("two")))
            #expect(try await !store.containsBlob(blob.descriptor, in: repository("one")))
            #expect(try await store.repositories().map(\.text) == ["team/app"])
            try await store.close()
        }
    }

    @Test("a store that was never closed loses nothing, whatever the end of its journal looks like")
    func crash() async throws {
        for torn in ["", "{\"operation\":\"setTag\",\"repos", "{\"oper\u{0}\u{0}\u{0}\n"] {
            try await withTemporaryFolder { path in
                let image = try TestImage(seed: 1)
                do {
                    let store = try await FolderStore.open(at: path)
                    try await image.write(to: store, in: repository(), tag: Tag("v1"))
                    let upload = try await store.beginUpload(in: repository())
                    let rest = BlobStream(ByteBuffer(bytes: [1, 2, 3]))
                    #expect(try await store.appendUpload(rest, to: upload, in: repository(), at: nil) == .at(3))
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/uploads").count == 1)
                try append(torn, to: "\(path)/ferry-registry.jsonl")
                for _ in 1...2 {
                    let store = try await FolderStore.open(at: path)
                    #expect(try await store.readBack(.tag(Tag("v1")), in: repository()) == image.manifest.digest)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/uploads").isEmpty)
                    try await TestImage(seed: 2).write(to: store, in: repository(), tag: Tag("v2"))
                    #expect(try await store.tags(in: repository()).count == 2)
                }
            }
        }
    }

    @Test("damage inside the journal is named by its line")
    func damage() async throws {
        try await withTemporaryFolder { path in
            do {
                let store = try await FolderStore.open(at: path, options: options())
                try await TestImage().write(to: store, in: repository(), tag: Tag("v1"))
            }
            let journal = "\(path)/ferry-registry.jsonl"
            var lines = try String(contentsOfFile: journal, encoding: .utf8).components(separatedBy: "\n")
            lines[2] = "not json"
            try lines.joined(separator: "\n").write(toFile: journal, atomically: true, encoding: .utf8)
            let error = await #expect(throws: ImageStorageError.self) { try await FolderStore.open(at: path) }
            #expect(error?.code == .invalidLayout)
            #expect(error?.message.contains("line 3") == true)
        }
    }

    @Test("index.json names tags, and manifests that nothing else names")
    func index() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/My Mirror"
            let store = try await FolderStore.open(at: path, options: options())
            let images = try (1...4).map { try TestImage(seed: $0) }
            try await images[0].write(to: store, in: repository(), tag: Tag("v1"))
            try await images[1].write(to: store, in: repository())
            try await images[2].write(to: store, in: repository("my-mirror"), tag: Tag("plain"))
            try await images[3].write(to: store, in: repository())
            let index = try TestImage.index(of: [images[3].descriptor()])
            try await store.writeManifest(index, to: repository(), tag: Tag("multi"))
            try await store.writeIndex()
            #expect(
                try names(in: "\(path)/index.json")
                    == ["-", "my-mirror:plain", "plain", "team/app:multi", "team/app:v1"]
            )
            #expect(try await store.deleteTag(Tag("v1"), in: repository()))
            try await store.close()
            #expect(try names(in: "\(path)/index.json") == ["-", "-", "my-mirror:plain", "plain", "team/app:multi"])
            let layout = try String(contentsOfFile: "\(path)/oci-layout", encoding: .utf8)
            #expect(layout == #"{"imageLayoutVersion":"1.0.0"}"#)
        }
    }

    @Test("an index.json that is older than the journal brings nothing back")
    func staleIndex() async throws {
        try await withTemporaryFolder { path in
            do {
                let store = try await FolderStore.open(at: path, options: options())
                try await TestImage().write(to: store, in: repository(), tag: Tag("v1"))
                try await store.writeIndex()
                #expect(try await store.deleteTag(Tag("v1"), in: repository()))
            }
            let store = try await FolderStore.open(at: path, options: options())
            #expect(try await store.tags(in: repository()) == [])
        }
    }

    @Test("a folder in use, one with other files, and one without a layout are refused")
    func refusals() async throws {
        try await withTemporaryFolder { folder in
            let store = try await FolderStore.open(at: "\(folder)/store", options: options())
            try "x".write(toFile: "\(folder)/file", atomically: true, encoding: .utf8)
            let readOnly = options { $0.isReadOnly = true }
            for (path, options) in [
                ("\(folder)/store", options()), (folder, options()), (folder, readOnly), ("\(folder)/none", readOnly),
            ] {
                let error = await #expect(throws: ImageStorageError.self) {
                    try await FolderStore.open(at: path, options: options)
                }
                #expect(error?.code == .invalidLayout)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/none"))
            try await store.close()
            // Closed is enough: nobody has to let go of it first.
            try await FolderStore.open(at: "\(folder)/store", options: options()).close()
            withExtendedLifetime(store) {}
        }
    }

    @Test("a store opened for reading changes nothing")
    func readOnly() async throws {
        try await withTemporaryFolder { path in
            let image = try TestImage()
            do {
                let store = try await FolderStore.open(at: path, options: options())
                try await image.write(to: store, in: repository(), tag: Tag("v1"))
                try await store.close()
            }
            let before = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
            let store = try await FolderStore.open(at: path, options: options { $0.isReadOnly = true })
            #expect(store.writer == nil)
            #expect(try await store.readBack(.tag(Tag("v1")), in: repository()) == image.manifest.digest)
            let error = await #expect(throws: ImageStorageError.self) {
                try await image.write(to: store, in: repository("b"), tag: Tag("v1"))
            }
            #expect(error?.code == .readOnly)
            try await store.close()
            #expect(try FileManager.default.subpathsOfDirectory(atPath: path).sorted() == before)
        }
    }

    @Test("bytes that changed on the disk are found")
    func changedBytes() async throws {
        try await withTemporaryFolder { path in
            let image = try TestImage()
            do {
                let store = try await FolderStore.open(at: path, options: options())
                try await image.write(to: store, in: repository(), tag: Tag("v1"))
                try await store.close()
            }
            let blobs = "\(path)/blobs/sha256"
            var changed = image.manifest.bytes
            changed[10] ^= 1
            try Data(changed).write(to: URL(fileURLWithPath: "\(blobs)/\(image.manifest.digest.hex)"))
            let short = image.layers[1]
            try Data(short.bytes.prefix(100))
                .write(to: URL(fileURLWithPath: "\(blobs)/\(short.descriptor.digest.hex)"))
            try FileManager.default.removeItem(atPath: "\(blobs)/\(image.layers[0].descriptor.digest.hex)")

            let store = try await FolderStore.open(at: path, options: options())
            let read = await #expect(throws: ImageStorageError.self) {
                try await store.manifest(.tag(Tag("v1")), in: repository())
            }
            #expect(read?.code == .digestMismatch)
            let cut = await #expect(throws: ImageStorageError.self) {
                try await store.withBlob(short.descriptor, in: repository(), from: 0) { stream in
                    while try await stream.next() != nil {}
                }
            }
            #expect(cut?.code == .blobNotFound)
            #expect(try await !store.containsBlob(image.layers[0].descriptor, in: repository()))
            // A file that goes while the store is open is gone for those who ask.
            let config = image.config.descriptor
            #expect(try await store.containsBlob(config, in: repository()))
            try FileManager.default.removeItem(atPath: "\(blobs)/\(config.digest.hex)")
            #expect(try await !store.containsBlob(config, in: repository()))
            // Written again, all of it is there again.
            for blob in image.blobs where try await !store.containsBlob(blob.descriptor, in: repository()) {
                try await blob.write(to: store, in: repository())
            }
            for blob in image.blobs {
                try await store.withBlob(blob.descriptor, in: repository(), from: 0) { stream in
                    let checked = try DigestCheck(blob.descriptor).checked(stream)
                    while try await checked.next() != nil {}
                }
            }
            try await store.close()
        }
    }

    @Test("a session takes one writer, the right offset, and only its own repository")
    func sessions() async throws {
        try await withTemporaryFolder { path in
            let store = try await FolderStore.open(at: path, options: options())
            let upload = try await store.beginUpload(in: repository())
            let blob = try TestBlob(seed: 3, size: 6)
            let append = {
                @Sendable (bytes: [UInt8], offset: Int64?, repository: String) async throws -> UploadProgress in
                try await store.appendUpload(
                    BlobStream(ByteBuffer(bytes: bytes)),
                    to: upload,
                    in: RepositoryPath(repository),
                    at: offset
                )
            }
            #expect(try await append(Array(blob.bytes.prefix(4)), 0, "team/app") == .at(4))
            #expect(try await append([9], 3, "team/app") == .wrongOffset(4))
            #expect(try await append([9], nil, "other") == .unknown)
            let busy = try await store.appendUpload(
                BlobStream {
                    let inner = try await append([9], nil, "team/app")
                    #expect(inner == .busy)
                    return nil
                },
                to: upload,
                in: repository(),
                at: nil
            )
            #expect(busy == .at(4))
            #expect(try await append(Array(blob.bytes.suffix(2)), 4, "team/app") == .at(6))
            #expect(try await store.finishUpload(upload, in: repository(), as: blob.descriptor.digest) == .at(6))
            #expect(try await store.finishUpload(upload, in: repository(), as: blob.descriptor.digest) == .unknown)
            try await store.close()
        }
    }

    @Test("a journal of many changes is written anew at the next opening")
    func compaction() async throws {
        try await withTemporaryFolder { path in
            let image = try TestImage()
            let lines = {
                try String(contentsOfFile: "\(path)/ferry-registry.jsonl", encoding: .utf8).split(separator: "\n")
            }
            do {
                let store = try await FolderStore.open(at: path, options: options())
                try await image.write(to: store, in: repository())
                for number in 0..<1200 {
                    try await store.writeManifest(image.manifest, to: repository(), tag: Tag("v\(number % 3)"))
                }
            }
            #expect(try lines().count > 1200)
            let store = try await FolderStore.open(at: path, options: options())
            #expect(try lines().count < 20)
            #expect(try await store.tags(in: repository()).map(\.text) == ["v0", "v1", "v2"])
        }
    }

    @Test("index.json follows while the store is served", .timeLimit(.minutes(10)))
    func maintenance() async throws {
        try await withTemporaryFolder { path in
            let store = try await FolderStore.open(at: path, options: options { $0.indexInterval = .milliseconds(1) })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await store.maintain() }
                try await TestImage().write(to: store, in: repository(), tag: Tag("v1"))
                while try !FileManager.default.fileExists(atPath: "\(path)/index.json")
                    || !names(in: "\(path)/index.json").contains("team/app:v1")
                {
                    await Task.yield()
                }
                group.cancelAll()
            }
        }
    }
}
