import Archiving

/// Reads the wanted files of one layer.
struct PayloadLayer {
    let files: PayloadFiles
    let limits: ReleasePayloadLimits

    /// Reads a layer and puts it below the layers of the overlay.
    ///
    /// Blocks: for a lane. Links stand for nothing, except a hard link to a wanted file of the same layer, which is
    /// that file.
    ///
    /// - Parameters:
    ///   - input: the layer's blob.
    ///   - overlay: the layers above.
    /// - Returns: the overlay with this layer.
    /// - Throws: `ArchivingError`; what the input throws.
    func read(_ input: ByteInput, under overlay: LayerOverlay<[UInt8]>) throws -> LayerOverlay<[UInt8]> {
        var overlay = overlay
        var total = overlay.files.values.reduce(0) { $0 + $1.count }
        let reader = try TarReader(input, limits: limits.layer)
        while let entry = try reader.next() {
            if try overlay.addRemoval(entry.path) { continue }
            switch entry.kind {
            case .directory: try overlay.addDirectory(entry.path)
            case .file where entry.path.hasPrefix("\(PayloadFiles.folder)/") && overlay.wants(entry.path):
                let content = try reader.readAll(upTo: limits.fileBytes)
                total += content.count
                guard total <= limits.totalBytes else {
                    throw ArchivingError(
                        .entryTooLarge,
                        entry: entry.path,
                        reason: "is one of files with more than the allowed \(limits.totalBytes) bytes together"
                    )
                }
                try overlay.addFile(entry.path, content)
            case .hardLink(let target):
                if let content = overlay.contentInLayer(target) {
                    // Shares the memory of the file it names, so it adds nothing to the total.
                    try overlay.addFile(entry.path, content)
                } else {
                    try overlay.addOther(entry.path)
                }
            case .file, .symbolicLink, .other: try overlay.addOther(entry.path)
            }
        }
        overlay.endLayer()
        return overlay
    }
}
