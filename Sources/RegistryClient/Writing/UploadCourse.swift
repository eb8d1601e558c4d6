import HTTPTransport
import ImageStorage

/// How far the upload of one blob is.
///
/// Used by one task at a time, which the compiler cannot see.
final class UploadCourse: @unchecked Sendable {
    /// Nil when one is to be opened.
    var session: UploadSession?
    var check: DigestCheck
    var chunking: UploadChunking
    var trust: UploadTrust
    /// What an earlier run knew of the hash; the latest last.
    var checkpoints: [HashCheckpoint] = []
    /// Whether the session, and perhaps the check, came from an earlier run.
    var trustsJournal = false
    /// Whether the registry said that it had another number of bytes than it took.
    var isDoubtful = false
    /// The last request, when it broke off.
    var cut: UploadChunking.Cut?
    var redirects = 0
    var renewals = TokenRenewals()
    /// How often the registry was content, and the blob not there.
    var disappointments = 0
    var budget: RetryBudget
    /// The most bytes that any session was found to have: only more than ever is progress, so that tries end.
    private var highest: Int64 = 0

    init(_ check: DigestCheck, _ chunking: UploadChunking, _ trust: UploadTrust, _ budget: RetryBudget) {
        self.check = check
        self.chunking = chunking
        self.trust = trust
        self.budget = budget
    }

    /// Bytes that no session had before are worth a whole new budget of tries.
    func note(_ offset: Int64) {
        guard offset > highest else { return }
        highest = offset
        renewals = TokenRenewals()
        budget.madeProgress()
    }
}
