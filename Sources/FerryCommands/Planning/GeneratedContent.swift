import Foundation
import MirrorPlan
import NIOCore
import OCIModel
import OpenSSLCrypto
import Releases

/// What Ferry has made itself and no registry has: manifests and blobs in the working directory, by digest.
///
/// Files are put there whole or not at all, and compared with their digest when they are read.
struct GeneratedContent: Sendable {
    /// The folder.
    let folder: String

    /// The content of a working directory.
    init(in directory: WorkingDirectory) {
        folder = directory.path + "/generated"
    }

    /// Stores an image; its manifests come last, so that one that is there has all its blobs.
    ///
    /// - Throws: `FerryError`, `ReleasesError.graphDataStorage`.
    func store(_ image: GeneratedImage) async throws {
        for blob in image.blobs {
            let path = path(ofBlob: blob.descriptor.digest)
            switch blob.content {
            case .bytes(let bytes): try await LocalFiles.write(bytes, to: path)
            case .file(let file):
                try await LocalFiles.run {
                    try FileManager.default.createDirectory(
                        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
                        withIntermediateDirectories: true
                    )
                    try file.keep(as: path)
                }
            }
        }
        for document in image.manifests.reversed() {
            try await LocalFiles.write(document.bytes, to: path(ofManifest: document.digest))
        }
    }

    /// The bytes of a manifest; nil when it is none of those made here.
    ///
    /// - Throws: `FerryError` when the file is damaged.
    func manifest(_ digest: Digest) async throws -> [UInt8]? {
        let path = path(ofManifest: digest)
        return try await LocalFiles.run {
            guard let file = FileHandle(forReadingAtPath: path) else { return nil }
            defer { file.closeFile() }
            let bytes = Array(try file.read(upToCount: Manifest.defaultMaximumSize) ?? Data())
            guard try ContentHasher.digest(of: bytes, digest.algorithm) == digest else {
                throw Self.damaged("manifest", digest)
            }
            return bytes
        }
    }

    /// Whether a manifest was made here.
    func hasManifest(_ digest: Digest) async throws -> Bool {
        let path = path(ofManifest: digest)
        return try await LocalFiles.run { access(path, R_OK) == 0 }
    }

    /// Opens a blob; nil when it is none of those made here.
    ///
    /// - Throws: `FerryError` when the file has another size.
    func blob(_ blob: Descriptor) async throws -> FileHandle? {
        let path = path(ofBlob: blob.digest)
        return try await LocalFiles.run {
            guard let file = FileHandle(forReadingAtPath: path) else { return nil }
            guard try file.seekToEnd() == UInt64(blob.size) else { throw Self.damaged("blob", blob.digest) }
            return file
        }
    }

    /// Whether all that was made here for a plan's images is still there.
    ///
    /// - Throws: `FerryError` when something is damaged.
    func holds(_ plan: MirrorPlan) async throws -> Bool {
        let index = PlanIndex(plan)
        for image in plan.images where image.isGenerated {
            for planned in index.closure(of: image.digest) {
                guard let bytes = try await manifest(planned.digest) else { return false }
                let manifest = try Manifest(decoding: bytes, contentType: nil)
                guard case .image(let config, let layers) = manifest.content else { continue }
                for made in [config] + layers.suffix(1) {
                    guard let file = try await blob(made) else { return false }
                    file.closeFile()
                }
            }
        }
        return true
    }

    /// Stops a run whose plan has images that were made elsewhere.
    ///
    /// - Throws: `FerryError` that says what to do.
    func check(_ plan: MirrorPlan) async throws {
        guard try await !holds(plan) else { return }
        throw FerryError(
            """
            the plan has a graph image that was made where it was planned, and \(folder) does not hold it: plan again \
            with --config, or use the workspace that it was planned in
            """,
            exitCode: 2
        )
    }

    /// What to do about content that is not what it was.
    static let remedy = "plan again, which makes it anew (--plan-anew for a run that was not finished)"

    private func path(ofManifest digest: Digest) -> String {
        "\(folder)/manifests/\(Self.name(of: digest))"
    }

    private func path(ofBlob digest: Digest) -> String {
        "\(folder)/blobs/\(Self.name(of: digest))"
    }

    /// The name of the file with the content of a digest.
    static func name(of digest: Digest) -> String { "\(digest.algorithm.rawValue)-\(digest.hex)" }

    private static func damaged(_ kind: String, _ digest: Digest) -> FerryError {
        FerryError(
            "the \(kind) \(digest), which was made in the working directory, is damaged: \(remedy)",
            exitCode: 32
        )
    }
}

extension PlannedImage {
    /// Whether Ferry made the image itself, so that its source does not have it.
    var isGenerated: Bool { kind == .graph && attachedTo == nil && origin.description == GraphImageNames.originText }
}
