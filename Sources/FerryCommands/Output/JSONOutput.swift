import Foundation

/// Writes values as JSON for programs: sorted keys, one document, a line break at the end.
enum JSONOutput {
    /// The text of a value.
    ///
    /// - Throws: `EncodingError`.
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
