/// How progress is shown; the values of `--progress`.
package enum ProgressMode: String, Sendable, CaseIterable {
    /// `bar` on a terminal, `plain` elsewhere.
    case auto
    /// A few lines that are drawn again in place, up to ten times a second.
    case bar
    /// A line at once, at least every five seconds unless told otherwise, and at the end of each phase; no control codes.
    case plain
    /// One JSON object per line.
    case json
    /// Messages only.
    case none

    /// The mode that `auto` stands for; others stay as they are.
    ///
    /// - Parameters:
    ///   - isTerminal: whether the output is a terminal.
    ///   - terminalType: the value of `TERM`; a `dumb` terminal cannot move its cursor.
    /// - Returns: any mode but `auto`.
    package func resolved(isTerminal: Bool, terminalType: String?) -> ProgressMode {
        guard self == .auto else { return self }
        return isTerminal && terminalType != "dumb" ? .bar : .plain
    }
}
