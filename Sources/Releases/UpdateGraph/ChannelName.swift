import SemanticVersion

/// A channel's name taken apart at its last dash: `stable-4.18`.
struct ChannelName: Hashable, Sendable {
    /// The longest way between two channels, in minor versions: each is a request, and nobody updates over more.
    static let maximumSteps: UInt64 = 50

    /// What stands before the dash.
    let prefix: String
    /// The first number after it.
    let major: UInt64
    /// The second number.
    let minor: UInt64

    /// Joins the parts.
    init(prefix: String, major: UInt64, minor: UInt64) {
        self.prefix = prefix
        self.major = major
        self.minor = minor
    }

    /// Takes a name apart; nil when it does not end with a dash and two numbers.
    init?(_ name: String) {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let numbers = name[name.index(after: dash)...]
        guard numbers.split(separator: ".", omittingEmptySubsequences: false).count == 2,
            // What is no version makes no name of this form, which is all that is asked.
            let version = try? SemanticVersion("\(numbers).0"), !version.isPrerelease
        else {
            return nil
        }
        self.init(prefix: String(name[..<dash]), major: version.major, minor: version.minor)
    }

    /// The name.
    var text: String { "\(prefix)-\(major).\(minor)" }
}
