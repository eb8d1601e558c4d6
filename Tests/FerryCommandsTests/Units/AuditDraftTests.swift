import MediaSet
import MirrorPlan
import Testing

@testable import FerryCommands

@Suite("What the audit log is to say of work for several targets")
struct AuditDraftTests {
    @Test("each target has an end of its own, and what is noted goes to the one that the work is for")
    func severalTargets() async throws {
        let targets = try ["a.b/one", "a.b/two", "a.b/three"].map { try TargetNamespace($0) }
        let drafts = targets.map { AuditDraft(.import, target: $0) }
        try await AuditDraft.$all.withValue(drafts) {
            #expect(AuditDraft.current == nil)
            let code = try await AuditDraft.about(targets[0]) {
                AuditDraft.current?.note(MirrorReport(entries: [], wanted: 7, traffic: .init()))
                return 0
            }
            #expect(code == 0)
            await #expect(throws: FerryError.self) {
                _ = try await AuditDraft.about(targets[1]) { throw FerryError("no", exitCode: 32) }
            }
            let stranger = try await AuditDraft.about(TargetNamespace("a.b/four")) { 5 }
            #expect(stranger == 5)
        }
        // The end of the whole is that of those that have none.
        for draft in drafts { draft.end(4) }
        #expect(drafts.map(\.record.exitCode) == [0, 32, 4])
        #expect(drafts.map(\.record.result) == [.done, .failed, .failed])
        #expect(drafts.map(\.record.images?.wanted) == [7, nil, nil])
        #expect(drafts.map(\.record.error) == [nil, "no", nil])
        #expect(drafts.map(\.record.target) == ["a.b/one", "a.b/two", "a.b/three"])
    }
}
