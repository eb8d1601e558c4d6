/// A regular expression that blocks images: a search in any part of a reference without its transport.
package struct BlockPattern: Sendable, CustomStringConvertible {
    /// The expression as written.
    package let text: String
    private let program: PatternProgram

    /// Compiles an expression of RE2's syntax.
    ///
    /// - Throws: `BlockPatternError` for anything that RE2 refuses.
    package init(_ text: String) throws(BlockPatternError) {
        self.text = text
        program = try PatternProgram(PatternParser.parse(text))
    }

    /// Whether the expression matches anywhere in a reference; a transport such as `docker://` does not count.
    package func matches(_ reference: String) -> Bool {
        guard let separator = reference.range(of: "://") else { return program.matches(reference) }
        return program.matches(String(reference[separator.upperBound...]))
    }

    /// The expression as written.
    package var description: String { text }
}

extension BlockPattern: Hashable {
    package static func == (left: BlockPattern, right: BlockPattern) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
    /// The first place of a text.
    fileprivate func range(of text: String) -> Range<Index>? {
        let count = text.utf8.count
        var start = utf8.startIndex
        while let end = utf8.index(start, offsetBy: count, limitedBy: utf8.endIndex) {
            if utf8[start..<end].elementsEqual(text.utf8) { return start..<end }
            start = utf8.index(after: start)
        }
        return nil
    }
}
