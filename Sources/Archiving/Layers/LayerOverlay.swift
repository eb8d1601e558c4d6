/// Puts the layers of an image on each other, from the top one down, for the paths of interest, without unpacking.
///
/// The highest layer that says something about a path decides about it: with a file, by removing it (`.wh.NAME`), by
/// emptying its directory (`.wh..wh..opq`), or by putting something else at it or at one of its parents. Marks of
/// removal concern the layers below only, wherever they stand in their own layer.
///
/// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
package struct LayerOverlay<Content: Sendable>: Sendable {
    /// What the layers so far say about the paths at and around one another.
    private struct Marks: Sendable {
        /// Paths at which something stands; nothing of lower layers shows there.
        var taken: Set<String> = []
        /// Paths below which nothing of lower layers shows.
        var closed: Set<String> = []
    }

    private let isInteresting: @Sendable (String) -> Bool
    private let maximumMarks: Int
    private var above = Marks()
    private var layer = Marks()
    private var layerFiles: [String: Content] = [:]
    /// The directories that `layerFiles` stand in.
    private var layerParents: Set<String> = []

    /// The files that show after the layers ended so far.
    package private(set) var files: [String: Content] = [:]

    /// Starts above the top layer.
    ///
    /// - Parameters:
    ///   - maximumMarks: how many paths are remembered at most.
    ///   - isInteresting: whether a path, a parent of an interesting path or a path below one has to do with the files
    ///     wanted. Paths are those of ``TarEntry``; the empty path, the root, is always of interest.
    package init(maximumMarks: Int = 100_000, isInteresting: @escaping @Sendable (String) -> Bool) {
        self.maximumMarks = maximumMarks
        self.isInteresting = isInteresting
    }

    /// Whether a file at this path in the current layer shows: no layer above has decided about it.
    package func shows(_ path: String) -> Bool {
        guard !above.taken.contains(path), !above.closed.contains(path) else { return false }
        return !Self.parents(of: path).contains { above.closed.contains($0) }
    }

    /// Whether layers below the ended ones can still have a say about a path.
    package func isOpen(_ path: String) -> Bool { files[path] == nil && shows(path) }

    /// Whether an entry of the current layer, which has this path, is to be read: it is of interest and shows.
    package func wants(_ path: String) -> Bool { isInteresting(path) && shows(path) }

    /// Notes a file of the current layer, in place of what the layer had there before.
    ///
    /// - Throws: `ArchivingError.tooManyEntries`.
    package mutating func addFile(_ path: String, _ content: Content) throws(ArchivingError) {
        try addOther(path)
        guard wants(path) else { return }
        layerFiles[path] = content
        layerParents.formUnion(Self.parents(of: path))
    }

    /// The content that the current layer has given a path so far; what a hard link in the layer names.
    package func contentInLayer(_ path: String) -> Content? { layerFiles[path] }

    /// Notes an entry of the current layer that is neither file nor directory, in place of what the layer had there.
    ///
    /// - Throws: `ArchivingError.tooManyEntries`.
    package mutating func addOther(_ path: String) throws(ArchivingError) {
        guard !path.isEmpty, isInteresting(path) else { return }
        try markParents(of: path)
        try mark(\.taken, path)
        try mark(\.closed, path)
        layerFiles[path] = nil
        guard layerParents.remove(path) != nil else { return }
        layerFiles = layerFiles.filter { !$0.key.hasPrefix("\(path)/") }
    }

    /// Notes a directory of the current layer.
    ///
    /// - Throws: `ArchivingError.tooManyEntries`.
    package mutating func addDirectory(_ path: String) throws(ArchivingError) {
        guard !path.isEmpty, isInteresting(path) else { return }
        try markParents(of: path)
        try mark(\.taken, path)
        layerFiles[path] = nil
    }

    /// Notes an entry when its name makes it a mark of removal; returns whether it is one.
    ///
    /// - Throws: `ArchivingError.tooManyEntries`.
    package mutating func addRemoval(_ path: String) throws(ArchivingError) -> Bool {
        let (parent, name) = Self.split(path)
        guard name.hasPrefix(".wh.") else { return false }
        if name == ".wh..wh..opq" {
            if parent.isEmpty || isInteresting(String(parent)) { try mark(\.closed, String(parent)) }
        } else if !name.hasPrefix(".wh..wh.") {
            let removed = name.dropFirst(".wh.".count)
            let target = parent.isEmpty ? String(removed) : "\(parent)/\(removed)"
            guard isInteresting(target) else { return true }
            try mark(\.taken, target)
            try mark(\.closed, target)
        }
        // Other names of this form are the private matters of one storage driver.
        return true
    }

    /// Ends the current layer; the next entries belong to the one below.
    package mutating func endLayer() {
        files.merge(layerFiles) { upper, _ in upper }
        layerFiles = [:]
        layerParents = []
        above.taken.formUnion(layer.taken)
        above.closed.formUnion(layer.closed)
        layer = Marks()
    }

    /// Where an entry stands there are directories, whether the layer lists them or not.
    private mutating func markParents(of path: String) throws(ArchivingError) {
        for parent in Self.parents(of: path) where !parent.isEmpty && isInteresting(parent) {
            try mark(\.taken, parent)
        }
    }

    private mutating func mark(_ set: WritableKeyPath<Marks, Set<String>>, _ path: String) throws(ArchivingError) {
        guard layer.taken.count + layer.closed.count + above.taken.count + above.closed.count < maximumMarks else {
            throw ArchivingError(.tooManyEntries, entry: path, reason: "is one of too many files of interest")
        }
        layer[keyPath: set].insert(path)
    }

    private static func split(_ path: String) -> (parent: Substring, name: Substring) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path[...]) }
        return (path[..<slash], path[path.utf8.index(after: slash)...])
    }

    /// The directories above a path, nearest first, the root (empty) last.
    private static func parents(of path: String) -> some Sequence<String> {
        sequence(state: path) { rest -> String? in
            guard !rest.isEmpty else { return nil }
            rest = String(split(rest).parent)
            return rest
        }
    }
}
