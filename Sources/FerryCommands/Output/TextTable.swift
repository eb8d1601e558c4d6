/// Lays out rows in columns that begin below one another.
enum TextTable {
    /// The lines of a table; the last column is as long as it is.
    ///
    /// - Parameters:
    ///   - rows: the cells of each row; rows may have different numbers of them.
    ///   - indent: what stands before each line.
    /// - Returns: one line per row, without spaces at the end.
    static func lines(_ rows: [[String]], indent: String = "") -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = indent
            for (index, cell) in row.enumerated() {
                line += cell
                if index < row.count - 1 {
                    line += String(repeating: " ", count: max(0, widths[index] - cell.count) + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
