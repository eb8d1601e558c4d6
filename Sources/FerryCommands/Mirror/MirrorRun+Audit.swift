import Logging
import MediaSet
import MirrorPlan
import OCIModel

extension MirrorRun {
    /// Does a piece of work and adds a line for each of its targets to the audit log, whatever its end.
    ///
    /// - Parameters:
    ///   - drafts: what is done: one for each target, or one alone; the work notes more in ``AuditDraft/current``.
    ///   - directory: where the log is.
    ///   - body: the work; its end is that of all drafts that have none by then.
    /// - Returns: the exit code that the work gave.
    /// - Throws: what the work throws; `FerryError` when the work was done and the log cannot be written.
    func audited(
        _ drafts: [AuditDraft],
        in directory: WorkingDirectory,
        _ body: () async throws -> Int32
    ) async throws -> Int32 {
        let code = try await auditedOnFailure(drafts, in: directory, body)
        for draft in drafts { draft.end(code) }
        do {
            try await append(drafts, in: directory)
        } catch {
            throw FerryError("the work was done, and the audit log does not tell of it: \(error)", exitCode: code | 1)
        }
        return code
    }

    /// Does a piece of work and adds a line for each of its targets to the audit log when it fails with an error.
    ///
    /// - Throws: what the work throws.
    func auditedOnFailure<Result>(
        _ drafts: [AuditDraft],
        in directory: WorkingDirectory,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let single = drafts.count == 1 ? drafts.first : nil
        do {
            return try await AuditDraft.$all.withValue(drafts) {
                try await AuditDraft.$current.withValue(single) { try await body() }
            }
        } catch {
            guard !command.dryRun else { throw error }
            for draft in drafts { draft.end(error) }
            do {
                try await append(drafts, in: directory)
            } catch let second {
                // The reason why the work failed matters more.
                session.logger.warning("the audit log does not tell of it: \(second)")
            }
            throw error
        }
    }

    private func append(_ drafts: [AuditDraft], in directory: WorkingDirectory) async throws {
        let log = AuditLog(path: directory.audit)
        for record in drafts.map(\.record) {
            let head = try await LocalFiles.run { try log.append(record) }
            session.logger.debug("the audit log \(directory.audit) ends with \(head)")
        }
    }
}
