import Archiving
import DispatchLanes
package import ImageStorage
import NIOCore
import OCIModel

/// Takes one file out of an image without unpacking it.
///
/// Layers are read from the top one down, whole (their digests are checked), until one decides about the file. The
/// content is handed on while it passes, so nothing large is held in memory. A link is followed by looking for what it
/// names, which may read layers again: a symbolic link from the top layer down, a hard link from its own.
package struct ImageFileFinder: Sendable {
    /// How many links are followed.
    static let maximumLinks = 8

    private let maximumBytes: Int64
    private let lanes = DispatchLanes(label: "ferry.image-file", width: 1)

    /// Makes a finder.
    ///
    /// - Parameter maximumBytes: the most bytes that a file may have, 4 GiB unless given.
    package init(maximumBytes: Int64 = 4 << 30) {
        self.maximumBytes = maximumBytes
    }

    /// Looks for a file.
    ///
    /// - Parameters:
    ///   - paths: where it may be, without the first `/`, the likeliest first; at least one.
    ///   - image: the image.
    ///   - source: the store of the image's registry.
    ///   - receiver: is given the content. What it holds counts only when this function has returned: until then the
    ///     bytes are not proven.
    /// - Returns: the path that was found; nil when the image has none of them.
    /// - Throws: `ReleasesError.invalidLayer`, `.fileTooLarge`, `.tooManyLinks`, `.storage`; what the receiver throws;
    ///   `CancellationError`.
    package func find(
        _ paths: [String],
        in image: ComponentImage,
        from source: any ImageSource,
        into receiver: any ImageFileReceiver
    ) async throws -> String? {
        var search = Search(paths: paths, top: image.layers.count - 1)
        for _ in 0...Self.maximumLinks {
            switch try await carryOut(search, in: image, from: source, into: receiver) {
            case .received(let path): return path
            case .absent: return nil
            case .elsewhere(let next): search = next
            }
        }
        throw ReleasesError(
            .tooManyLinks,
            reference: image.component.reference,
            reason: "\(paths.joined(separator: ", ")) leads through more than \(Self.maximumLinks) links"
        )
    }

    private struct Search {
        let paths: [String]
        /// The layer to begin with.
        let top: Int
    }

    private enum Result {
        case received(String)
        case absent
        case elsewhere(Search)
    }

    private func carryOut(
        _ search: Search,
        in image: ComponentImage,
        from source: any ImageSource,
        into receiver: any ImageFileReceiver
    ) async throws -> Result {
        let layer = ImageFileLayer(paths: search.paths, maximumBytes: maximumBytes)
        var overlay = layer.overlay()
        for index in stride(from: search.top, through: 0, by: -1) {
            let outcome = try await read(image.layers[index], of: image, as: layer, under: overlay, source, receiver)
            overlay = outcome.overlay
            let top = image.layers.count - 1
            if let path = search.paths.first(where: { overlay.files[$0] != nil }), let standing = overlay.files[path] {
                switch standing {
                case .file where outcome.received == path: return .received(path)
                case .file: return .elsewhere(Search(paths: [path], top: index))
                case .symbolicLink(let target):
                    return .elsewhere(Search(paths: [ImageLink.path(of: target, at: path)], top: top))
                case .hardLink(let target): return .elsewhere(Search(paths: [target], top: index))
                }
            }
            let detours = search.paths.compactMap { ImageLink.path($0, through: outcome.folderLinks) }
                .filter { !search.paths.contains($0) }
            let open = search.paths.filter { overlay.isOpen($0) }
            if !detours.isEmpty { return .elsewhere(Search(paths: detours + open, top: top)) }
            if open.isEmpty { return .absent }
        }
        return .absent
    }

    private func read(
        _ blob: Descriptor,
        of image: ComponentImage,
        as layer: ImageFileLayer,
        under overlay: LayerOverlay<ImageFileStanding>,
        _ source: any ImageSource,
        _ receiver: any ImageFileReceiver
    ) async throws -> ImageFileLayer.Outcome {
        let lane = lanes.lane()
        do {
            return try await source.withBlob(blob, in: image.repository.path, from: 0) { stream in
                let checked = try DigestCheck(blob).checked(stream)
                return try await withBlockingReader(
                    chunks: { try await checked.next()?.readableBytesView },
                    on: { work in try await lane.run(work) }
                ) { input in
                    try layer.read(input, under: overlay, into: receiver)
                }
            }
        } catch let error where error is ArchivingError || error is any ContentFailure {
            let isLarge = (error as? ArchivingError)?.code == .entryTooLarge
            let code: ReleasesError.Code = isLarge ? .fileTooLarge : error is ArchivingError ? .invalidLayer : .storage
            throw ReleasesError.wrapping(
                error,
                reference: image.component.reference,
                doing: "the layer \(blob.digest) of its image \(image.component.name) cannot be read",
                code: code
            )
        }
    }
}

extension ReleasesError.Code {
    /// A file of an image leads through too many links.
    package static let tooManyLinks = ReleasesError.Code("tooManyLinks")
}
