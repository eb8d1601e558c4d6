import Archiving

/// Graph data that were fetched and checked: folders and files with safe relative paths, sorted.
///
/// The content lies in a file without a name; one task at a time reads it.
package struct GraphDataArchive: Sendable {
    /// A file of the archive.
    struct File: Hashable, Sendable {
        /// Where its content lies among the contents of all.
        let offset: Int64
        /// Its size in bytes.
        let size: Int64
    }

    /// Where the archive came from.
    package let source: GraphDataSource
    /// The paths of all folders, those that only follow from files too.
    let folders: Set<String>
    /// The files by path.
    let files: [String: File]
    private let contents: ScratchFile

    /// Reads an archive to its end; blocks.
    ///
    /// Paths are taken as tar does: a leading `/` and `./` do not count. When all lies in one folder, as in archives that
    /// GitHub makes of a repository, that folder is left out. So are links beside the data.
    ///
    /// - Parameters:
    ///   - packed: the archive as it came.
    ///   - source: where it came from.
    ///   - contentType: what it was said to be, for messages.
    ///   - limits: what it may have at most.
    ///   - folder: where a file for the contents is made.
    /// - Throws: `ReleasesError.invalidGraphData` when it is no tar archive with gzip, is damaged or cut off, has links
    ///   among the data, devices or paths that lead out of it, or no graph data; `.graphDataTooLarge`,
    ///   `.graphDataStorage`.
    init(
        unpacking packed: ScratchFile,
        of source: GraphDataSource,
        contentType: String?,
        limits: GraphDataLimits,
        in folder: String
    ) throws {
        try Self.checkBeginning(packed, of: source, contentType: contentType)
        contents = try ScratchFile(in: folder)
        var tree = GraphDataTree()
        do {
            try Self.read(packed, into: contents, adding: &tree, source, limits)
            try tree.finish()
        } catch let error as ArchivingError {
            let isLarge = [.tooLarge, .tooManyEntries, .headerTooLarge].contains(error.code)
            throw ReleasesError.graphData(
                isLarge ? .graphDataTooLarge : .invalidGraphData,
                source,
                "\(error)",
                underlying: error
            )
        } catch let problem as GraphDataTree.Problem {
            throw ReleasesError.graphData(.invalidGraphData, source, problem.reason)
        }
        self.source = source
        folders = tree.folders
        files = tree.files
    }

    /// Calls `body` with the pieces of a file's content.
    ///
    /// - Throws: `ReleasesError.graphDataStorage`; what `body` throws.
    func withContent(of file: File, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var position = file.offset
        let end = file.offset + file.size
        while position < end {
            let wanted = Int(min(Int64(buffer.count), end - position))
            let count = try contents.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]),
                at: position
            )
            guard count > 0 else {
                throw ReleasesError.graphData(.graphDataStorage, source, "a temporary file has become shorter")
            }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += Int64(count)
        }
    }

    private static func read(
        _ packed: ScratchFile,
        into contents: ScratchFile,
        adding tree: inout GraphDataTree,
        _ source: GraphDataSource,
        _ limits: GraphDataLimits
    ) throws {
        var tarLimits = TarLimits()
        tarLimits.entries = limits.entries
        tarLimits.decompressedBytes = limits.unpackedBytes
        tarLimits.pathLength = limits.pathLength
        var position: Int64 = 0
        let input = ByteInput { buffer in
            let count = try packed.read(into: buffer, at: position)
            position += Int64(count)
            return count
        }
        let reader = try TarReader(input, limits: tarLimits)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while let entry = try reader.next() {
            switch entry.kind {
            case .directory: try tree.addFolder(entry.path)
            case .file:
                let start = contents.size
                while case let count = try reader.read(into: buffer), count > 0 {
                    try contents.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
                try tree.addFile(entry.path, File(offset: start, size: contents.size - start))
            case .symbolicLink, .hardLink:
                // Whole repositories are served too, with links among what is there for people alone.
                guard GraphDataTree.mayBeData(entry.path) else { continue }
                throw GraphDataTree.Problem(path: entry.path, "is a link; graph data have files and folders only")
            case .other:
                throw GraphDataTree.Problem(path: entry.path, "is neither a file nor a folder")
            }
        }
        if let skipped = reader.skipped.first {
            throw GraphDataTree.Problem(path: skipped.name, "cannot be used: \(skipped.reason)")
        }
    }

    private static func checkBeginning(
        _ packed: ScratchFile,
        of source: GraphDataSource,
        contentType: String?
    ) throws {
        var start = [UInt8](repeating: 0, count: 256)
        let count = try start.withUnsafeMutableBytes { try packed.read(into: $0, at: 0) }
        start.removeSubrange(count...)
        try checkBeginning(start, size: packed.size, of: source, contentType: contentType)
    }

    /// Says what came when it is not gzip: proxies and login pages answer with texts.
    ///
    /// - Parameters:
    ///   - start: the first bytes.
    ///   - size: how many bytes there are in all, as far as that is known.
    ///   - source: where they come from.
    ///   - contentType: what they are said to be.
    /// - Throws: `ReleasesError.invalidGraphData`.
    static func checkBeginning(
        _ start: [UInt8],
        size: Int64,
        of source: GraphDataSource,
        contentType: String?
    ) throws(ReleasesError) {
        if start.starts(with: [0x1f, 0x8b]) { return }
        let type = contentType.map { " of type \(shown(Array($0.utf8)))" } ?? ""
        let text = shown(start)
        let what =
            start.isEmpty
            ? "nothing came" : text.isEmpty ? "\(size) other bytes\(type) came" : "this\(type) came: \(text)"
        throw ReleasesError.graphData(.invalidGraphData, source, "it is no tar archive with gzip: \(what)")
    }

    /// The first line of a text, at most 80 characters; empty for what is no text.
    static func shown(_ bytes: [UInt8]) -> String {
        let line = bytes.drop { $0 <= 0x20 }.prefix { $0 != 0x0a && $0 != 0x0d }.prefix(80)
        return line.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x09 } ? String(decoding: line, as: UTF8.self) : ""
    }
}
