import Foundation
import Logging
import MirrorPlan
import OCIModel

extension GeneratedContent {
    /// Removes what the images of a plan do not need: what was made for other graph data, and what killed runs have left.
    ///
    /// Only runs of this working directory read the content, so the folder must be taken (`WorkingDirectory.lockFolder`).
    /// A set that was made has its own copy.
    ///
    /// - Parameter plan: the plan that the lock file has.
    /// - Returns: the names of the files that were removed, relative to the folder, sorted.
    /// - Throws: `FerryError` for a file that cannot be removed; what was removed before stays so.
    @discardableResult
    func prune(keeping plan: MirrorPlan) async throws -> [String] {
        let index = PlanIndex(plan)
        var kept: Set<String> = []
        for image in plan.images where image.isGenerated {
            kept.formUnion(index.closure(of: image.digest).map { "manifests/\(Self.name(of: $0.digest))" })
        }
        // Layers of the base are not kept here, so their names in the set change nothing.
        if !kept.isEmpty { kept.formUnion(plan.blobs.map { "blobs/\(Self.name(of: $0.digest))" }) }
        return try await LocalFiles.run { [folder, kept] in
            let manager = FileManager.default
            // No such folder, nothing to remove.
            guard let inner = try? manager.subpathsOfDirectory(atPath: folder) else { return [] }
            let removed = inner.filter { path in
                var isFolder: ObjCBool = false
                return !kept.contains(path) && manager.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
            for path in removed where unlink("\(folder)/\(path)") != 0 && errno != ENOENT {
                throw FerryError("cannot remove \(folder)/\(path): \(String(cString: strerror(errno)))")
            }
            return removed.sorted()
        }
    }
}

extension MirrorRun {
    /// Removes images that Ferry has made and that the lock file of a run that succeeded does not name.
    ///
    /// What cannot be removed takes room and does no harm, so it does not fail the run.
    func pruneGenerated(keeping plan: MirrorPlan, in directory: WorkingDirectory) async {
        do {
            let removed = try await GeneratedContent(in: directory).prune(keeping: plan)
            if !removed.isEmpty { session.logger.debug("removed of earlier graph images: \(removed.count) files") }
        } catch {
            session.logger.warning("\(error)")
        }
    }
}
