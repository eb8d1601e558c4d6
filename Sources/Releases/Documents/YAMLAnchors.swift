/// Anchors and aliases of YAML, which nobody needs in the manifests of a release.
///
/// The library compares the keys of each mapping with all that aliases in them stand for, so a few hundred bytes of a
/// payload that nobody has vouched for yet could keep it busy for years.
enum YAMLAnchors {
    /// Whether something in a text may be an anchor (https://yaml.org/spec/1.1/#id899912).
    ///
    /// Behind a letter or digit an ampersand is a part of something else; in comments and quotes it is taken for one.
    static func mayBe(in text: [UInt8]) -> Bool {
        text.indices.dropLast().contains { index in
            guard text[index] == UInt8(ascii: "&") else { return false }
            let next = text[index + 1]
            guard isWord(next) || next == UInt8(ascii: "-") || next == UInt8(ascii: "_") else { return false }
            return index == 0 || !isWord(text[index - 1])
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
