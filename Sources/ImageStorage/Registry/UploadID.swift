import OCIModel

/// Names an upload session: 32 lower-case hexadecimal digits that nobody can guess.
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
    /// The digits; safe as a file name and in a URL.
    package let text: String

    /// Makes a new name.
    package init() {
        var generator = SystemRandomNumberGenerator()
        text = Digest.hexText((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// Parses a name; nil when it is not 32 lower-case hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        guard text.utf8.count == 32, text.utf8.allSatisfy({ digits.contains($0) || letters.contains($0) }) else {
            return nil
        }
        self.text = String(text)
    }

    /// The digits.
    package var description: String { text }
}
