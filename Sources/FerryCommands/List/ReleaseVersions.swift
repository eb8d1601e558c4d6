import OCIModel

/// The minor versions that a repository of release payloads has, by its tags.
enum ReleaseVersions {
    /// A minor version: X.Y.
    struct Minor: Hashable, Comparable, CustomStringConvertible {
        let major: UInt64
        let minor: UInt64

        /// Takes the beginning of a tag such as `4.18.1-x86_64`; nil for signatures and for other tags.
        init?(_ tag: Tag) {
            guard !tag.text.hasSuffix(".sig") else { return nil }
            let parts = tag.text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2, let major = Self.number(parts[0]),
                let minor = Self.number(parts[1].prefix { $0.isASCII && $0.isNumber })
            else {
                return nil
            }
            self.major = major
            self.minor = minor
        }

        /// `X.Y`.
        var description: String { "\(major).\(minor)" }

        static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

        private static func number(_ text: Substring) -> UInt64? {
            text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
        }
    }

    /// The minor versions of tags, sorted, each once.
    static func minors(of tags: [Tag]) -> [Minor] { Set(tags.compactMap { Minor($0) }).sorted() }
}
