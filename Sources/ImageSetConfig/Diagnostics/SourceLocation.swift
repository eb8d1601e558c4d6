/// A place in a configuration file; both numbers count from 1, the column in Unicode scalars.
package struct SourceLocation: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The line.
    package let line: Int
    /// The column.
    package let column: Int

    /// The beginning of a file.
    package static let start = SourceLocation(line: 1, column: 1)

    /// Joins line and column.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// `line:column`.
    package var description: String { "\(line):\(column)" }

    /// Orders from the top of the file to its end.
    package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// Where a section or list item of a configuration stands, for messages and for the reasons of planned images.
package struct ConfigurationPlace: Hashable, Sendable, CustomStringConvertible {
    /// The path of keys from the top, indices from 0: `mirror.additionalImages[3]`.
    package let path: String
    /// Where it begins in the file.
    package let location: SourceLocation

    /// Joins path and location.
    package init(path: String, location: SourceLocation) {
        self.path = path
        self.location = location
    }

    /// `mirror.additionalImages[3] (line 12)`.
    package var description: String { "\(path) (line \(location.line))" }
}
