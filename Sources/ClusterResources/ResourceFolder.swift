import Foundation

/// A folder of cluster resources that is kept up to date and never emptied.
///
/// Its functions block; call them on a Dispatch lane.
package struct ResourceFolder: Sendable {
    /// How a file compares with what the folder holds.
    package enum Comparison: String, Sendable {
        /// The folder has no such file.
        case new
        /// The folder has it with other content.
        case changed
        /// The folder has it, byte for byte.
        case unchanged
    }

    /// The folder.
    package let path: String

    /// Names the folder; it need not exist yet.
    package init(path: String) {
        self.path = path
    }

    /// Compares files with the folder's, in the order given.
    ///
    /// - Throws: `ClusterResourcesError.invalidFileName`; `.fileSystem` when a file cannot be read.
    package func compare(_ files: [ResourceFile]) throws(ClusterResourcesError) -> [Comparison] {
        var comparisons: [Comparison] = []
        for file in files { comparisons.append(try compare(file)) }
        return comparisons
    }

    /// Writes the files that are new or differ; leaves all others in the folder as they are.
    ///
    /// Each file is replaced at once: a reader, or a power cut, finds the old content or the new. After an error the
    /// files before the one at fault are written.
    ///
    /// - Returns: how each file compared before, in the order given.
    /// - Throws: `ClusterResourcesError.invalidFileName`; `.fileSystem` with the path and the system's reason.
    @discardableResult
    package func write(_ files: [ResourceFile]) throws(ClusterResourcesError) -> [Comparison] {
        let comparisons = try compare(files)
        if !files.isEmpty {
            try attempt("create", path) {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
        }
        for (file, comparison) in zip(files, comparisons) where comparison != .unchanged {
            try attempt("write", location(of: file)) { try replace(file) }
        }
        return comparisons
    }

    private func compare(_ file: ResourceFile) throws(ClusterResourcesError) -> Comparison {
        guard !file.name.isEmpty, !file.name.hasPrefix("."), !file.name.utf8.contains(where: { $0 == 0 || $0 == 0x2f })
        else {
            throw ClusterResourcesError(
                .invalidFileName,
                subject: file.name,
                message: "\"\(file.name)\" is not the name of a resource file"
            )
        }
        let location = location(of: file)
        return try attempt("read", location) {
            let handle: FileHandle
            do {
                handle = try FileHandle(forReadingFrom: URL(filePath: location))
            } catch CocoaError.fileNoSuchFile, CocoaError.fileReadNoSuchFile {
                return .new
            }
            defer { try? handle.close() }  // nothing was written through it
            // One byte more than expected is enough to see that it differs, however large it is.
            let held = try handle.read(upToCount: file.bytes.count + 1) ?? Data()
            return held.elementsEqual(file.bytes) ? .unchanged : .changed
        }
    }

    private func location(of file: ResourceFile) -> String { path + "/" + file.name }

    private func replace(_ file: ResourceFile) throws {
        let temporary = "\(path)/.\(file.name).\(UUID().uuidString)"
        do {
            guard FileManager.default.createFile(atPath: temporary, contents: nil) else {
                throw CocoaError(.fileWriteUnknown)
            }
            let handle = try FileHandle(forWritingTo: URL(filePath: temporary))
            do {
                try handle.write(contentsOf: file.bytes)
                try handle.synchronize()
            } catch {
                try? handle.close()  // the first error is the one to tell
                throw error
            }
            try handle.close()
            guard rename(temporary, location(of: file)) == 0 else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)  // may not exist; the first error is the one to tell
            throw error
        }
    }

    private func attempt<Result>(
        _ verb: String,
        _ location: String,
        _ work: () throws -> Result
    ) throws(ClusterResourcesError) -> Result {
        do {
            return try work()
        } catch {
            throw ClusterResourcesError(
                .fileSystem,
                subject: location,
                message: "cannot \(verb) \(location): \(error.localizedDescription)",
                underlying: error
            )
        }
    }
}
