/// A version `X.Y.Z[-pre][+build]`, strictly as https://semver.org/spec/v2.0.0.html has it.
///
/// Equality and order are precedence (section 11 of the specification): build metadata does not count, so `1.0.0+a`
/// equals `1.0.0+b`.
package struct SemanticVersion: Sendable, CustomStringConvertible {
    /// The longest version text, in bytes.
    package static let maximumLength = 256

    /// X.
    package let major: UInt64
    /// Y.
    package let minor: UInt64
    /// Z.
    package let patch: UInt64
    /// The dot-separated identifiers after `-`; empty for a release.
    package let prerelease: [String]
    /// The dot-separated identifiers after `+`.
    package let build: [String]

    /// Parses a version; nothing may be missing, and no number may have zeros in front.
    ///
    /// - Throws: `SemanticVersionError` with the first mistake.
    package init(_ text: some StringProtocol) throws(SemanticVersionError) {
        let parts = try VersionParts(text)
        self.init(parts)
    }

    /// Joins numbers to a release version.
    package init(major: UInt64, minor: UInt64, patch: UInt64) {
        self.init(VersionParts(numbers: [major, minor, patch]))
    }

    /// Joins parts; numbers that are missing are zero.
    init(_ parts: VersionParts) {
        major = parts.numbers.first ?? 0
        minor = parts.numbers.dropFirst().first ?? 0
        patch = parts.numbers.dropFirst(2).first ?? 0
        prerelease = parts.prerelease
        build = parts.build
    }

    /// Whether this is a pre-release.
    package var isPrerelease: Bool { !prerelease.isEmpty }

    /// The text in canonical form.
    package var description: String {
        "\(major).\(minor).\(patch)"
            + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: "."))
            + (build.isEmpty ? "" : "+" + build.joined(separator: "."))
    }
}

extension VersionParts {
    /// The parts of a release version.
    init(numbers: [UInt64]) {
        self.numbers = numbers
        prerelease = []
        build = []
    }
}

extension SemanticVersion: Hashable, Comparable {
    package static func == (left: SemanticVersion, right: SemanticVersion) -> Bool {
        (left.major, left.minor, left.patch) == (right.major, right.minor, right.patch)
            && left.prerelease == right.prerelease
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(major)
        hasher.combine(minor)
        hasher.combine(patch)
        hasher.combine(prerelease)
    }

    package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        let leftNumbers = (left.major, left.minor, left.patch)
        let rightNumbers = (right.major, right.minor, right.patch)
        guard leftNumbers == rightNumbers else { return leftNumbers < rightNumbers }
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        for (leftIdentifier, rightIdentifier) in zip(left.prerelease, right.prerelease)
        where leftIdentifier != rightIdentifier {
            return precedes(leftIdentifier, rightIdentifier)
        }
        return left.prerelease.count < right.prerelease.count
    }

    /// Numbers by value and before words, words by their ASCII bytes.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        switch (VersionParts.isNumber(left), VersionParts.isNumber(right)) {
        case (true, true):
            // Without zeros in front, the longer number is the larger one; no number is too large for this.
            left.utf8.count == right.utf8.count
                ? left.utf8.lexicographicallyPrecedes(right.utf8) : left.utf8.count < right.utf8.count
        case (true, false): true
        case (false, true): false
        case (false, false): left.utf8.lexicographicallyPrecedes(right.utf8)
        }
    }
}
