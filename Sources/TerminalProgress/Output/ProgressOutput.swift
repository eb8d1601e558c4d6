/// The number of columns and rows of a terminal, both at least 1.
package struct TerminalSize: Hashable, Sendable {
    /// Characters per row.
    package var columns: Int
    /// Rows.
    package var rows: Int

    /// Joins the two; numbers below 1 become 1.
    package init(columns: Int, rows: Int) {
        self.columns = max(1, columns)
        self.rows = max(1, rows)
    }
}

/// Where progress is written to.
package protocol ProgressOutput: Sendable {
    /// The size of the terminal; nil when it is none.
    var terminalSize: TerminalSize? { get }
    /// Whether text that was given before is still waiting to be written.
    var isBusy: Bool { get }
    /// Writes text after all text given before; returns without waiting for the reader.
    func write(_ text: String)
    /// Returns when all text given before is written.
    func drain() async
}
