import MirrorPlan

/// Reads lock files.
enum LockFile {
    /// The largest lock file that is read, in bytes.
    static let maximumBytes = 512 << 20

    /// Reads a lock file and checks that it is whole.
    ///
    /// - Throws: `FerryError` when it cannot be read or asks for nothing; `MirrorPlanError.invalidLock`.
    static func read(_ path: String) throws -> MirrorPlan {
        let plan = try MirrorPlan(lockFile: try ConfigurationFile.read(path, maximum: maximumBytes), name: path)
        guard !plan.images.isEmpty else { throw FerryError("\(path) asks for no images: there is nothing to mirror") }
        return plan
    }
}
