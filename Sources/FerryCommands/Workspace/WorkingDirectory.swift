import Foundation
import MediaSet

/// The folder in which a run leaves what it knows: `working-dir` below the media folder or the workspace.
struct WorkingDirectory: Sendable {
    /// Its path.
    let path: String

    /// The `working-dir` below a folder, or the folder itself when that is its name already.
    init(below folder: String) {
        let url = URL(fileURLWithPath: folder)
        path =
            url.lastPathComponent == "working-dir"
            ? folder : folder + (folder.hasSuffix("/") ? "" : "/") + "working-dir"
    }

    /// A folder that is a working directory, whatever its name.
    init(at path: String) {
        self.path = path
    }

    /// The plan with every tag resolved.
    var lock: String { path + "/lock.json" }
    /// What a run that was not finished was asked for.
    var unfinished: String { path + "/unfinished.json" }
    /// What became of every image.
    var report: String { path + "/report.json" }
    /// What failed in the last run.
    var failures: String { path + "/failures.json" }
    /// The resources for the cluster.
    var clusterResources: String { path + "/cluster-resources" }
    /// Small blobs that planning has read, so that they are not fetched again.
    var payloads: String { path + "/payloads" }
    /// Signatures of releases, in files that are named after tag and digest.
    var signatures: String { path + "/signatures" }
    /// What an import found missing.
    var missing: String { path + "/missing.json" }
    /// Uploads that are under way, by registry.
    var journal: String { path + "/journal" }
    /// What was learnt about registries.
    var hosts: String { path + "/hosts.json" }
    /// Who did what, one line for each set made and each import.
    var audit: String { path + "/\(AuditLog.fileName)" }
    /// What each of the last runs said.
    var logs: String { path + "/logs" }
    /// What a dry run would do.
    var dryRun: String { path + "/dry-run" }

    /// Takes the folder for this run; it is given back with the lock, or when the process ends.
    ///
    /// - Throws: `MediaSetError.folderInUse` that names the process; `.fileSystem`.
    func lockFolder() async throws -> FolderLock {
        try await LocalFiles.run { [path] in try FolderLock(workingDirectory: path) }
    }

    /// The first of some folders in which a working directory can be written; nil when none is writable.
    static func writable(among folders: [String]) -> WorkingDirectory? {
        folders.lazy.map { (folder: $0, directory: WorkingDirectory(below: $0)) }
            .first {
                access(FileManager.default.fileExists(atPath: $0.directory.path) ? $0.directory.path : $0.folder, W_OK)
                    == 0
            }?
            .directory
    }
}
