/// The folders and files of an archive while it is read, and the rules for them.
struct GraphDataTree {
    /// Why an archive is not taken.
    struct Problem: Error {
        /// A clause.
        let reason: String

        /// A problem of one path, of which at most 200 characters are shown.
        init(path: String, _ reason: String) {
            self.reason = "\"\(path.prefix(200))\" \(reason)"
        }

        /// A problem of the archive as a whole.
        init(_ reason: String) {
            self.reason = reason
        }
    }

    /// The paths of all folders, those that only follow from files too.
    private(set) var folders: Set<String> = []
    /// The files by path; of two with the same path the later one counts, as in any tar archive.
    private(set) var files: [String: GraphDataArchive.File] = [:]

    /// What update services read, at the top or in the only folder there.
    private static let dataNames: Set<Substring> = ["version", "channels", "internal-channels", "blocked-edges", "raw"]

    /// Whether a path may be one that update services read.
    static func mayBeData(_ path: String) -> Bool {
        path.split(separator: "/").prefix(2).contains { dataNames.contains($0) }
    }

    /// Adds a folder; the empty path is the archive's root.
    ///
    /// - Throws: `Problem`.
    mutating func addFolder(_ path: String) throws(Problem) {
        guard !path.isEmpty else { return }
        try check(path)
        var parent = path[...]
        // Whose parents are known has all of them.
        while !parent.isEmpty, folders.insert(String(parent)).inserted {
            parent = parent.lastIndex(of: "/").map { parent[..<$0] } ?? ""
        }
    }

    /// Adds a file and the folders above it.
    ///
    /// - Throws: `Problem`.
    mutating func addFile(_ path: String, _ file: GraphDataArchive.File) throws(Problem) {
        guard !path.isEmpty else { throw Problem("it has a file without a name") }
        try check(path)
        if let slash = path.lastIndex(of: "/") { try addFolder(String(path[..<slash])) }
        files[path] = file
    }

    /// Checks the whole, and leaves out a folder in which everything lies.
    ///
    /// - Throws: `Problem` when a path is a file and a folder, or there are no graph data.
    mutating func finish() throws(Problem) {
        if let path = files.keys.filter({ folders.contains($0) }).min() {
            throw Problem(path: path, "is a file and a folder")
        }
        if !hasGraphData, let top = onlyFolder { leaveOut(top) }
        guard hasGraphData else {
            let tops = Set((Array(files.keys) + folders).compactMap { $0.split(separator: "/").first.map(String.init) })
            let shown = tops.sorted().prefix(5).joined(separator: ", ")
            throw Problem(
                "it has no graph data: they have a file \"version\" and a folder \"channels\" with files, and this has "
                    + (tops.isEmpty ? "no entries" : shown + (tops.count > 5 ? ", …" : ""))
            )
        }
    }

    /// Graph data say which format they have, and which releases are in a channel.
    ///
    /// https://github.com/openshift/cincinnati-graph-data
    private var hasGraphData: Bool {
        files["version"].map { $0.size > 0 } == true && files.keys.contains { $0.hasPrefix("channels/") }
    }

    private var onlyFolder: String? {
        guard files.keys.allSatisfy({ $0.contains("/") }) else { return nil }
        let tops = folders.filter { !$0.contains("/") }
        return tops.count == 1 ? tops.first : nil
    }

    private mutating func leaveOut(_ top: String) {
        let count = top.utf8.count + 1
        folders = Set(folders.filter { $0 != top }.map { String($0.utf8.dropFirst(count)) ?? $0 })
        files = Dictionary(files.map { (String($0.key.utf8.dropFirst(count)) ?? $0.key, $0.value) }) { first, _ in first
        }
    }

    /// Layers are written with portable names only, the same on every machine.
    private func check(_ path: String) throws(Problem) {
        guard path.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw Problem(path: path, "has a name with other characters than printable ASCII")
        }
    }
}
