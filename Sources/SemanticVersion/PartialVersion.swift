/// A version as people write it: `1`, `1.2`, `v1.2.3`, `1.2.3-rc1+b`.
///
/// Missing numbers stand for "any" in the upper bound of a ``VersionRange``, and for zero elsewhere.
package struct PartialVersion: Hashable, Sendable, CustomStringConvertible {
    /// The version with its missing numbers as zero.
    package let lowest: SemanticVersion
    /// How many of the three numbers are written, 1 to 3.
    package let precision: Int
    /// The text as written.
    package let text: String

    /// Parses a version leniently: a `v` in front, missing numbers and zeros in front are allowed.
    ///
    /// - Throws: `SemanticVersionError` with the first mistake.
    package init(_ text: some StringProtocol) throws(SemanticVersionError) {
        let parts = try VersionParts(text, leniency: [.prefix, .partial, .leadingZeros])
        lowest = SemanticVersion(parts)
        precision = parts.numbers.count
        self.text = String(text)
    }

    /// Takes a whole version.
    package init(_ version: SemanticVersion) {
        lowest = version
        precision = 3
        text = version.description
    }

    /// The text as written.
    package var description: String { text }

    /// Whether a version is at or below this one, where `1.2` covers all of 1.2.x and `1` all of 1.x.y.
    func isAtOrAbove(_ version: SemanticVersion) -> Bool {
        switch precision {
        case 1: version.major <= lowest.major
        case 2: (version.major, version.minor) <= (lowest.major, lowest.minor)
        default: version <= lowest
        }
    }
}
