import DispatchLanes
import Foundation
import Glibc
import NIOCore
package import OCIModel
import Synchronization

/// A registry's content in a folder that is an OCI image layout at the same time.
///
/// All repositories share the files in `blobs/`; which repository holds what stands in the journal
/// `ferry-registry.jsonl`. `index.json` lists every tag as `path:tag`, so that `skopeo copy oci:FOLDER:path:tag …`
/// works; it is written when the store is closed and at a bounded rate while it is served.
///
/// A layout made by other tools opens as it is. Its entries named `path:tag` go into that repository, all others into
/// the default repository (``Options/defaultRepository``). Images that other tools add between two runs are found at
/// the next opening. The bytes of what was deleted go when the store is closed or opened.
package final class FolderStore: RegistryContent, ImageSource {
    /// How a folder is opened.
    package struct Options: Sendable {
        /// Whether nothing may be changed; the folder must then be a layout already.
        package var isReadOnly = false
        /// Whether an index may name manifests that its repository lacks.
        package var acceptsSparseIndexes = false
        /// Whether every write waits until it is on the disk, so that a loss of power loses nothing confirmed.
        package var syncsToDisk = true
        /// Where images without a path in their name go; nil for a repository named after the folder.
        package var defaultRepository: RepositoryPath?
        /// The shortest time between two writes of `index.json` while the store is served.
        package var indexInterval = Duration.seconds(2)

        /// The usual options.
        package init() {}
    }

    struct State {
        var uploads = UploadTable<FolderUpload>()
        var documents: [Digest: ManifestDocument] = [:]
        var documentBytes = 0
    }

    /// Decoded manifests are kept up to that many bytes, so that a `HEAD` before a `GET` costs no second reading.
    private static let documentCacheSize = 16 << 20

    let options: Options
    let folder: LayoutFolder
    let catalog: FolderCatalog
    let readLanes = DispatchLanes(label: "folder-store.read", width: 4)
    let writeLanes = DispatchLanes(label: "folder-store.write", width: 8)
    let state = Mutex(State())
    private let lock: OpenFile?

    private init(_ folder: LayoutFolder, options: Options) throws {
        self.folder = folder
        self.options = options
        let layout = try LayoutNames(defaultRepository: options.defaultRepository, folder: folder.path)
        let opening = try FolderOpening(folder, layout: layout, isReadOnly: options.isReadOnly)
        catalog = opening.catalog
        lock = opening.lock
    }

    /// Opens a folder, making it when it is not there and may be changed.
    ///
    /// Whoever opens a store closes it.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - options: how to open it.
    /// - Returns: the store, which alone may change the folder until it is closed or let go.
    /// - Throws: `ImageStorageError.invalidLayout` when the folder is no layout and not empty, is damaged, or is in use
    ///   by another process; `.fileSystem`, `.noSpace`.
    package static func open(at path: String, options: Options = Options()) async throws -> FolderStore {
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        let folder = LayoutFolder(path: absolute, syncsToDisk: options.syncsToDisk)
        return try await DispatchLane(label: "folder-store.open").run { try FolderStore(folder, options: options) }
    }

    package var writer: (any RegistryWriter)? { options.isReadOnly ? nil : self }

    package func repositories() async throws -> [RepositoryPath] {
        catalog.read { $0.repositories }
    }

    package func hasRepository(_ repository: RepositoryPath) async throws -> Bool {
        catalog.read { $0.entries[repository] != nil }
    }

    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        catalog.read { $0.tags(in: repository) }
    }

    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        guard let manifest = catalog.read({ $0.manifest(reference, in: repository) }) else { return nil }
        if let cached = state.withLock({ $0.documents[manifest.descriptor.digest] }),
            cached.mediaType == manifest.descriptor.mediaType
        {
            return cached
        }
        let document = try await readDocument(manifest.descriptor)
        state.withLock { state in
            if state.documentBytes + document.bytes.count > Self.documentCacheSize {
                state.documents = [:]
                state.documentBytes = 0
            }
            if state.documents.updateValue(document, forKey: document.digest) == nil {
                state.documentBytes += document.bytes.count
            }
        }
        return document
    }

    package func blobSize(_ digest: Digest, in repository: RepositoryPath) async throws -> Int64? {
        guard let size = catalog.read({ $0.blobSize(digest, in: repository) }) else { return nil }
        let path = folder.blob(digest)
        // Somebody may have removed or cut the file; to say that it is there would be taken for a proof.
        return try await readLanes.run {
            var status = stat()
            return stat(path, &status) == 0 && Int64(status.st_size) == size ? size : nil
        }
    }

    package func withBlob<Result: Sendable>(
        _ digest: Digest,
        in repository: RepositoryPath,
        range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard catalog.read({ $0.blobSize(digest, in: repository) }) != nil else {
            throw ImageStorageError.blobNotFound(digest, in: repository)
        }
        let lane = readLanes.lane()
        let path = folder.blob(digest)
        let reader = SingleConsumer<FileReader?>(nil)
        return try await body(
            BlobStream {
                try await lane.run {
                    // The file is opened with the first chunk, in one trip to the lane.
                    let open =
                        try reader.value ?? FileReader(OpenFile(path, O_RDONLY | O_NOFOLLOW), range: range, path: path)
                    reader.value = open
                    return try open.next()
                }
            }
        )
    }

    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        catalog.read { $0.referrers(of: digest, in: repository) }
    }

    package func maintain() async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: options.indexInterval)
                try await catalog.writeIndex()
            } catch {
                // Cancelled, or the disk refuses: it is tried again, and `close` reports what is wrong at last.
                continue
            }
        }
    }

    /// Brings `index.json` up to date, removes the bytes of what was deleted, and ends all uploads; others may open the
    /// folder then.
    ///
    /// - Throws: `ImageStorageError` when something could not be written.
    package func close() async throws {
        defer { lock?.unlock() }
        let uploads = state.withLock { $0.uploads.removeAll() }
        try await writeLanes.run { for upload in uploads { try upload.discard() } }
        try await catalog.close()
    }

    /// Brings `index.json` up to date now.
    ///
    /// - Throws: `ImageStorageError` when it could not be written.
    package func writeIndex() async throws {
        try await catalog.writeIndex()
    }

    /// Reads a manifest from the disk and proves its digest.
    func readDocument(_ descriptor: Descriptor) async throws -> ManifestDocument {
        let folder = folder
        return try await readLanes.run {
            let limit = Int64(Manifest.defaultMaximumSize)
            guard let bytes = try folder.read(folder.blob(descriptor.digest), limit: limit) else {
                throw ImageStorageError(
                    .manifestNotFound,
                    subject: descriptor.digest,
                    message: "the file of manifest \(descriptor.digest) is gone from \(folder.path)"
                )
            }
            return try ManifestDocument(
                verifying: bytes,
                contentType: descriptor.mediaType,
                expected: descriptor.digest
            )
        }
    }
}
