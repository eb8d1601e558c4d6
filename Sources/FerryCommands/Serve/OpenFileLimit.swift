import Foundation

/// How many files and connections this process may have open at a time.
enum OpenFileLimit {
    /// Files that the process needs besides connections and the files behind them.
    private static let reserve = 200

    /// Raises the soft limit to the hard one, which needs no right.
    ///
    /// - Returns: how many connections fit, each with a file of its own behind it; nil when the limit is unknown.
    static func raise() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            // A refusal leaves the limit as it was, which is only less comfortable.
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return connections(files: Int(clamping: limit.rlim_cur))
    }

    /// How many connections fit into a number of open files.
    static func connections(files: Int) -> Int { max(16, (files - reserve) / 2) }
}
