import Foundation
import HTTPTransport
import ImageStorage
import Logging
import MirrorPlan
import OCIModel
import RegistryClient

/// One registry under examination.
///
/// The checks are in the extensions, a file for each stage; a later stage is not entered when an earlier one shows that
/// there is no way on.
struct RegistryVisit: Sendable {
    let subject: DoctorSubject
    let settings: DoctorSettings
    let client: RegistryClient
    let transport: HTTPTransport
    let log: CheckLog
    let connections: ConnectionRecord
    let leftovers: DoctorLeftovers
    let content: ProbeContent

    /// Examines a registry with connections of its own.
    ///
    /// - Returns: what was found; a registry that cannot be reached is a finding, too.
    /// - Throws: `HTTPTransportError` for certificates that cannot be read; `CancellationError`.
    static func findings(_ subject: DoctorSubject, _ settings: DoctorSettings) async throws -> RegistryFindings {
        let configuration = subject.role == .source ? settings.source : settings.target
        return try await settings.withTransport(configuration) { transport, connections, log in
            let client = RegistryClient(
                subject.registry,
                transport: transport,
                credentials: settings.credentials,
                logger: settings.reporting.logger
            )
            let visit = RegistryVisit(
                subject: subject,
                settings: settings,
                client: client,
                transport: transport,
                log: log,
                connections: connections,
                leftovers: DoctorLeftovers(client),
                content: try .random()
            )
            try await visit.examine()
            return RegistryFindings(
                subject: subject,
                recognition: log.recognition,
                took: log.now(),
                checks: log.results
            )
        }
    }

    private func examine() async throws {
        guard try await limited(settings.reachLimit, { try await reach() }) else {
            log.skipRest("the registry could not be reached")
            return
        }
        if log.failed(.auth) {
            log.skipRest("logging in failed")
            return
        }
        do {
            _ = try await limited(settings.limit) {
                try await read()
                guard subject.isWritten else { return true }
                try await write()
                return true
            }
            await cleanUp()
        } catch {
            await cleanUp()
            throw error
        }
        log.skipRest(!subject.isWritten ? "nothing is written to it" : "an earlier check failed")
    }

    /// Runs a stage; when it takes too long, its last check has failed.
    private func limited(_ limit: Duration, _ stage: @escaping @Sendable () async throws -> Bool) async throws -> Bool {
        if let result = try await TimeLimit.run(limit, stage) { return result }
        log.breakOff(after: limit)
        return false
    }

    /// Deletes what was written, and says what could not be.
    private func cleanUp() async {
        guard subject.isWritten else { return }
        let start = transport.time.now()
        let leftovers = leftovers
        let hasWritten = !leftovers.items.isEmpty
        await TimeLimit.despiteCancellation(settings.cleanupLimit) { await leftovers.deleteAll() }
        if hasWritten { note(leftovers, took: transport.time.now() - start) }
    }

    private func note(_ leftovers: DoctorLeftovers, took time: Duration) {
        let rest = leftovers.items
        guard !rest.isEmpty else {
            log.note(.deletion, .ok("all that doctor wrote is deleted again"), took: time)
            return
        }
        let names =
            rest.prefix(4).map(\.text).joined(separator: ", ") + (rest.count > 4 ? " and \(rest.count - 4) more" : "")
        let reason = leftovers.refusal.map { "deleting was answered \($0)" } ?? "there was no time or no connection"
        log.note(
            .deletion,
            .warn(
                "a few bytes that doctor wrote stay there, since \(reason): \(names)",
                "nothing needs them: leave them to the registry's garbage collection"
            ),
            took: time
        )
    }
}
