import OCIModel

/// Finds the images of an OCI layout that another tool made or changed; all calls block.
///
/// Only what is there is taken: an index whose children were left out, as when one platform was copied, stays usable.
struct LayoutImport {
    /// How deep indexes may be nested.
    private static let maximumDepth = 16

    private let folder: LayoutFolder
    private let layout: LayoutNames
    /// The changes that add the images to a catalog.
    private(set) var changes: [CatalogChange] = []
    private var seen: Set<Place> = []

    private struct Place: Hashable {
        let repository: RepositoryPath
        let digest: Digest
    }

    /// Reads the entries of an `index.json` and what they name.
    ///
    /// - Throws: `ImageStorageError.invalidLayout` when the bytes are no index; `.fileSystem`.
    init(index: [UInt8], folder: LayoutFolder, layout: LayoutNames) throws {
        self.folder = folder
        self.layout = layout
        let entries: [Descriptor]
        do {
            entries = try Manifest(decoding: index, contentType: .ociIndex).children
        } catch {
            throw ImageStorageError(
                .invalidLayout,
                subject: folder.indexFile,
                message: "\(folder.indexFile) is not the index of an OCI layout: \(error)"
            )
        }
        for entry in entries {
            let place = layout.place(of: entry)
            guard try add(entry, to: place.repository, depth: 0) else { continue }
            if let tag = place.tag { changes.append(.setTag(tag, to: entry.digest, in: place.repository)) }
        }
    }

    /// Adds a manifest and what it names; false when it is not there or is no manifest.
    private mutating func add(_ entry: Descriptor, to repository: RepositoryPath, depth: Int) throws -> Bool {
        guard depth <= Self.maximumDepth, let size = folder.size(folder.blob(entry.digest)) else { return false }
        guard size <= Int64(Manifest.defaultMaximumSize) else { return false }
        guard seen.insert(Place(repository: repository, digest: entry.digest)).inserted else { return true }
        guard let bytes = try folder.read(folder.blob(entry.digest), limit: size),
            let manifest = Self.manifest(bytes, type: entry.mediaType)
        else { return false }
        let document = ManifestDocument(bytes: bytes, digest: entry.digest, manifest: manifest)
        for blob in manifest.blobs { addBlob(blob.digest, to: repository) }
        for child in manifest.children where try !add(child, to: repository, depth: depth + 1) {
            addBlob(child.digest, to: repository)
        }
        changes.append(.linkManifest(try CatalogManifest(document), in: repository))
        return true
    }

    private mutating func addBlob(_ digest: Digest, to repository: RepositoryPath) {
        guard let size = folder.size(folder.blob(digest)) else { return }
        guard seen.insert(Place(repository: repository, digest: digest)).inserted else { return }
        changes.append(.linkBlob(digest, size: size, in: repository))
    }

    /// The decoded manifest, nil when the bytes are something else, which a layout may hold.
    private static func manifest(_ bytes: [UInt8], type: MediaType) -> Manifest? {
        do { return try Manifest(decoding: bytes, contentType: type) } catch { return nil }
    }
}
