import Foundation
import ImageStorage
import MediaSet
import NIOCore
import OCIModel
import OpenSSLCrypto
import SeededRandom
import Synchronization

/// Images with real manifests, all in memory.
struct SampleSet {
    var images: [SetImage] = []
    var documents: [ManifestDocument] = []
    var blobs: [Descriptor] = []
    var bytes: [Digest: [UInt8]] = [:]

    /// Makes an image per list of layer sizes.
    init(_ layers: [[Int]], seed: UInt64 = 1, algorithm: Digest.Algorithm = .sha256) throws {
        var generator = SeededGenerator(seed: seed)
        for (index, sizes) in layers.enumerated() {
            var parts: [Descriptor] = []
            for size in sizes {
                parts.append(try add(generator.bytes(size), .ociLayerGzip, algorithm))
            }
            let config = try add(
                Array(
                    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"n\":\(index),\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
                        .utf8
                ),
                .ociConfig
            )
            let list = parts.map {
                "{\"mediaType\":\"\($0.mediaType)\",\"digest\":\"\($0.digest)\",\"size\":\($0.size)}"
            }
            let text =
                "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociManifest)\",\"config\":{\"mediaType\":\"\(config.mediaType)\",\"digest\":\"\(config.digest)\",\"size\":\(config.size)},\"layers\":[\(list.joined(separator: ","))]}"
            let document = try ManifestDocument(verifying: Array(text.utf8), contentType: .ociManifest, expected: nil)
            let manifest = try add(document.bytes, .ociManifest)
            documents.append(document)
            images.append(
                SetImage(
                    origin: "registry.example/app/image-\(index):v1",
                    source: "registry.example/app/image-\(index)",
                    destination: try RepositoryPath("app/image-\(index)"),
                    tags: [try Tag("v1")],
                    manifest: manifest,
                    kind: "additional",
                    reasons: ["additionalImages[\(index)]"]
                )
            )
        }
    }

    private mutating func add(
        _ content: [UInt8],
        _ type: MediaType,
        _ algorithm: Digest.Algorithm = .sha256
    ) throws -> Descriptor {
        let digest = try ContentHasher.digest(of: content, algorithm)
        let descriptor = try Descriptor(mediaType: type, digest: digest, size: Int64(content.count))
        if bytes[digest] == nil { blobs.append(descriptor) }
        bytes[digest] = content
        return descriptor
    }

    var content: SetContent {
        SetContent(
            sequence: 3,
            images: images,
            blobs: blobs,
            resources: [
                SetContent.Resource(path: "ferry/lock.json", bytes: Array("{\"lock\":1}".utf8)),
                SetContent.Resource(path: "ferry/imageset.yaml", bytes: Array("kind: ImageSetConfiguration\n".utf8)),
            ]
        )
    }

    /// The same with its blobs in the order that a real set has.
    var manifestsFirst: SampleSet {
        var ordered = self
        ordered.blobs = blobs.filter(\.mediaType.isImageManifest) + blobs.filter { !$0.mediaType.isImageManifest }
        return ordered
    }

    var totalBytes: Int64 { blobs.reduce(0) { $0 + $1.size } }

    func layout(_ volumeSize: VolumeSize = .unlimited) throws -> SetLayout {
        try SetLayout.plan(content, volumeSize: volumeSize)
    }

    /// Writes all blobs into a folder and finishes the set.
    @discardableResult
    func write(to folder: String, _ volumeSize: VolumeSize = .unlimited) async throws -> FinishedSet {
        let writer = try await MediaSetWriter.open(layout(volumeSize), folder: folder)
        try await fill(writer, from: CountingSource(self))
        return try await writer.finish()
    }

    /// Writes all blobs, a few at a time.
    func fill(_ writer: MediaSetWriter, from source: CountingSource, width: Int = 4) async throws {
        let repository = try RepositoryPath("any")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, blob) in blobs.enumerated() {
                if index >= width { try await group.next() }
                group.addTask {
                    guard try await !writer.containsBlob(blob, in: repository) else { return }
                    try await writer.writeBlob(blob, to: repository, from: source.opener(blob))
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Gives blobs from memory, counts what it gave, and fails when told to.
final class CountingSource: Sendable {
    struct Broken: Error {}

    private struct State {
        var given: Int64 = 0
        var opened = 0
        var limit: Int64?
        var cutEvery: Int?
        var wrong: Set<Digest> = []
        var short: Set<Digest> = []
    }

    private let bytes: [Digest: [UInt8]]
    private let chunk: Int
    private let state = Mutex(State())

    /// After `limit` bytes in all, every stream fails; a single stream fails after `cutEvery`.
    init(_ sample: SampleSet, chunk: Int = 64 << 10, limit: Int64? = nil, cutEvery: Int? = nil) {
        bytes = sample.bytes
        self.chunk = chunk
        state.withLock {
            $0.limit = limit
            $0.cutEvery = cutEvery
        }
    }

    var given: Int64 { state.withLock { $0.given } }

    var opened: Int { state.withLock { $0.opened } }

    func spoil(_ digest: Digest) { state.withLock { _ = $0.wrong.insert(digest) } }

    func shorten(_ digest: Digest) { state.withLock { _ = $0.short.insert(digest) } }

    func opener(_ blob: Descriptor) -> BlobOpener {
        BlobOpener { [self] offset, body in
            state.withLock { $0.opened += 1 }
            let all = bytes[blob.digest] ?? []
            let isWrong = state.withLock { $0.wrong.contains(blob.digest) }
            let end = state.withLock { $0.short.contains(blob.digest) } ? all.count / 2 : all.count
            let position = SingleConsumer(Int(offset))
            let start = Int(offset)
            try await body(
                BlobStream { [self] in
                    guard position.value < end else { return nil }
                    let next = min(end, position.value + chunk)
                    try state.withLock { state in
                        if let limit = state.limit, state.given >= limit { throw Broken() }
                        if let cut = state.cutEvery, position.value - start >= cut { throw Broken() }
                        state.given += Int64(next - position.value)
                    }
                    var piece = Array(all[position.value..<next])
                    if isWrong { piece[0] ^= 1 }
                    position.value = next
                    return ByteBuffer(bytes: piece)
                }
            )
        }
    }
}

/// A folder that is removed afterwards.
func withScratchFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-media-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // clean-up of a scratch folder
    return try await body(folder.path)
}

/// The names in a folder, sorted.
func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
}

/// Changes a file.
func edit(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try contents(path)
    change(&bytes)
    try Data(bytes).write(to: URL(filePath: path))
}
