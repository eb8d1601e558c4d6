import Logging
import MediaSet
import MirrorPlan
import OCIModel

extension MirrorRun {
    /// Does a piece of work and adds a line about it to the audit log, whatever its end.
    ///
    /// - Parameters:
    ///   - draft: what is done; the work notes more in ``AuditDraft/current``.
    ///   - directory: where the log is.
    ///   - body: the work.
    /// - Returns: the exit code that the work gave.
    /// - Throws: what the work throws; `FerryError` when the work was done and the log cannot be written.
    func audited(
        _ draft: AuditDraft,
        in directory: WorkingDirectory,
        _ body: () async throws -> Int32
    ) async throws -> Int32 {
        let code = try await auditedOnFailure(draft, in: directory, body)
        do {
            try await append(draft.record(exitCode: code), in: directory)
        } catch {
            throw FerryError("the work was done, and no line about it is in the audit log: \(error)")
        }
        return code
    }

    /// Does a piece of work and adds a line about it to the audit log when it fails with an error.
    ///
    /// - Throws: what the work throws.
    func auditedOnFailure<Result>(
        _ draft: AuditDraft,
        in directory: WorkingDirectory,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await AuditDraft.$current.withValue(draft) { try await body() }
        } catch {
            guard !command.dryRun else { throw error }
            do {
                try await append(draft.record(error), in: directory)
            } catch let second {
                // The reason why the work failed matters more.
                session.logger.warning("no line about it is in the audit log: \(second)")
            }
            throw error
        }
    }

    private func append(_ record: AuditRecord, in directory: WorkingDirectory) async throws {
        let log = AuditLog(path: directory.audit)
        let head = try await LocalFiles.run { try log.append(record) }
        session.logger.debug("the audit log \(directory.audit) ends with \(head)")
    }
}
