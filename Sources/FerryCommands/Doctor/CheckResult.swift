/// What is looked at in a registry, in the order in which it is told.
enum DoctorCheck: String, Hashable, Sendable, Encodable, CaseIterable {
    case name
    case connection
    case tls
    case registry
    case auth
    case pull
    case push
    case creation
    case pathDepth
    case mount
    case parts
    case bodySize
    case mediaTypes
    case sparseLists
    case referrers
    case tagImmutability
    case deletion
    case clock
    case rateLimit
    case answer

    /// What is looked at in registries.
    static let ofRegistries = allCases.filter { $0 != .answer }
    /// What is looked at in services that are no registries.
    static let ofServices: [DoctorCheck] = [.name, .connection, .tls, .answer]

    /// What people call it.
    var title: String {
        switch self {
        case .name: "name"
        case .connection: "connection"
        case .tls: "TLS"
        case .registry: "registry"
        case .auth: "login"
        case .pull: "pull"
        case .push: "push"
        case .creation: "repositories"
        case .pathDepth: "path depth"
        case .mount: "mount"
        case .parts: "upload in parts"
        case .bodySize: "largest body"
        case .mediaTypes: "media types"
        case .sparseLists: "sparse lists"
        case .referrers: "referrers"
        case .tagImmutability: "moving tags"
        case .deletion: "deletion"
        case .clock: "clock"
        case .rateLimit: "rate limit"
        case .answer: "answer"
        }
    }

    /// Whether looking means writing.
    var writes: Bool {
        switch self {
        case .name, .connection, .tls, .registry, .auth, .pull, .clock, .rateLimit, .answer: false
        default: true
        }
    }
}

/// How a check ended.
enum CheckStatus: String, Hashable, Sendable, Encodable {
    case ok
    /// The mirror works, with a consequence.
    case warn
    /// The mirror would fail.
    case fail
    /// It could not be looked at, or there was no reason to.
    case skipped
}

/// What a check found, before it is known how long it took.
struct CheckOutcome: Hashable, Sendable {
    /// How it ended.
    let status: CheckStatus
    /// One sentence without its full stop.
    let message: String
    /// What to do about it; nil when there is nothing to do.
    let remedy: String?

    static func ok(_ message: String) -> CheckOutcome { .init(status: .ok, message: message, remedy: nil) }

    static func warn(_ message: String, _ remedy: String? = nil) -> CheckOutcome {
        .init(status: .warn, message: message, remedy: remedy)
    }

    static func fail(_ message: String, _ remedy: String?) -> CheckOutcome {
        .init(status: .fail, message: message, remedy: remedy)
    }

    static func skipped(_ message: String) -> CheckOutcome {
        .init(status: .skipped, message: message, remedy: nil)
    }
}

/// What a check found; a line of the table, an object of the JSON.
struct CheckResult: Hashable, Sendable, Encodable {
    /// What was looked at.
    let check: DoctorCheck
    /// How it ended.
    let status: CheckStatus
    /// How long it took.
    let seconds: Double
    /// One sentence without its full stop.
    let message: String
    /// What to do about it, when it is not ok and something can be done.
    let remedy: String?

    /// Joins the parts; the time is rounded to milliseconds.
    init(_ check: DoctorCheck, _ outcome: CheckOutcome, took time: Duration) {
        self.check = check
        status = outcome.status
        seconds = ((time / .seconds(1)) * 1_000).rounded() / 1_000
        // Answers of registries are quoted in both.
        message = PrintableText.of(outcome.message)
        remedy = outcome.remedy.map { PrintableText.of($0) }
    }
}

extension [CheckResult] {
    /// The worst that was found; what was skipped counts for nothing.
    var worst: CheckStatus {
        if contains(where: { $0.status == .fail }) { return .fail }
        return contains { $0.status == .warn } ? .warn : .ok
    }

    /// Those that failed at a place, each a sentence.
    func failures(at place: String) -> [String] {
        filter { $0.status == .fail }.map { "\(place): \($0.check.title): \($0.message)" }
    }
}
