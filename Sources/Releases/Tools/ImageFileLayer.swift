import Archiving

/// What stands at a path of an image.
enum ImageFileStanding: Hashable, Sendable {
    /// A file.
    case file
    /// A symbolic link, with its target as written.
    case symbolicLink(String)
    /// A hard link to a path.
    case hardLink(String)
}

/// Looks for files in one layer, and hands the content of the one that is wanted most on while it passes.
struct ImageFileLayer {
    /// What came of a layer.
    struct Outcome: Sendable {
        /// The layers so far, this one included.
        var overlay: LayerOverlay<ImageFileStanding>
        /// The file whose content was handed on last, if any.
        var received: String?
        /// Symbolic links at folders of the paths, with their targets.
        var folderLinks: [String: String] = [:]
    }

    /// The files, the one wanted most first.
    let paths: [String]
    /// The most bytes that a file may have.
    let maximumBytes: Int64

    /// Layers above the top one.
    func overlay() -> LayerOverlay<ImageFileStanding> {
        let paths = paths
        return LayerOverlay { path in
            paths.contains { path.isEmpty || $0 == path || $0.hasPrefix("\(path)/") || path.hasPrefix("\($0)/") }
        }
    }

    /// Reads a layer.
    ///
    /// Blocks: for a lane.
    ///
    /// - Throws: `ArchivingError`; what the input and the receiver throw.
    func read(
        _ input: ByteInput,
        under overlay: LayerOverlay<ImageFileStanding>,
        into receiver: any ImageFileReceiver
    ) throws -> Outcome {
        var outcome = Outcome(overlay: overlay)
        let reader = try TarReader(input)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        while let entry = try reader.next() {
            if try outcome.overlay.addRemoval(entry.path) { continue }
            let isWanted = paths.contains(entry.path) && outcome.overlay.wants(entry.path)
            switch entry.kind {
            case .directory: try outcome.overlay.addDirectory(entry.path)
            case .file where isWanted:
                if isPreferred(entry.path, to: outcome.received) {
                    try copy(entry, from: reader, through: buffer, into: receiver)
                    outcome.received = entry.path
                }
                try outcome.overlay.addFile(entry.path, .file)
            case .symbolicLink(let target) where isWanted:
                try outcome.overlay.addFile(entry.path, .symbolicLink(target))
            case .hardLink(let target) where isWanted:
                try outcome.overlay.addFile(entry.path, .hardLink(target))
            case .symbolicLink(let target):
                if outcome.overlay.wants(entry.path) { outcome.folderLinks[entry.path] = target }
                try outcome.overlay.addOther(entry.path)
            case .file, .hardLink, .other: try outcome.overlay.addOther(entry.path)
            }
        }
        outcome.overlay.endLayer()
        return outcome
    }

    private func isPreferred(_ path: String, to other: String?) -> Bool {
        guard let other, let rank = paths.firstIndex(of: path), let held = paths.firstIndex(of: other) else {
            return true
        }
        return rank <= held
    }

    private func copy(
        _ entry: TarEntry,
        from reader: TarReader,
        through buffer: UnsafeMutableRawBufferPointer,
        into receiver: any ImageFileReceiver
    ) throws {
        try receiver.begin(size: entry.size)
        var total: Int64 = 0
        while true {
            let count = try reader.read(into: buffer)
            if count == 0 { return }
            total += Int64(count)
            guard total <= maximumBytes else {
                throw ArchivingError(
                    .entryTooLarge,
                    entry: entry.path,
                    reason: "has more than the allowed \(maximumBytes) bytes"
                )
            }
            try receiver.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
