import Foundation

/// The JSON of sample documents: the same bytes everywhere.
enum SampleJSON {
    /// Encodes with sorted keys.
    ///
    /// - Throws: nothing that happens: the documents hold texts and whole numbers.
    static func encode(_ document: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(document))
    }
}
