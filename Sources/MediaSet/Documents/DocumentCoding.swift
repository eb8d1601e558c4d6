import Foundation

/// The one way in which the documents of a set are encoded: sorted keys, so that they are the same everywhere.
enum DocumentCoding {
    /// Encodes without blanks.
    ///
    /// - Throws: `EncodingError`.
    static func compact(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Encodes for people to read, with a newline at the end.
    ///
    /// - Throws: `EncodingError`.
    static func readable(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// Decodes a document that may be damaged.
    ///
    /// `name` is what the document is called in the message.
    ///
    /// - Throws: `MediaSetError.damagedDocument`.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], name: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as MediaSetError where error.code == .damagedDocument {
            throw error
        } catch {
            throw MediaSetError(
                .damagedDocument,
                subject: name,
                message: "\(name) cannot be read: \(sentence(of: error))"
            )
        }
    }

    /// The format that a document names: members of a later one may mean something else, so it is read before the rest.
    ///
    /// - Throws: `MediaSetError.damagedDocument`.
    static func format(of bytes: [UInt8], name: String) throws -> Int {
        try decode(Version.self, from: bytes, name: name).format
    }

    /// What a document of any format has.
    private struct Version: Decodable {
        let format: Int
    }

    private static func sentence(of error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) has the wrong type"
        case DecodingError.dataCorrupted: "it is malformed"
        default: "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        let text = keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return text.isEmpty ? "the document" : text
    }
}
