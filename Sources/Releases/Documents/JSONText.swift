import Foundation

/// Decodes JSON of foreign origin and says in words what is wrong with it.
enum JSONText {
    /// Why a document was not decoded: the second half of a sentence.
    struct Mistake: Error {
        let reason: String
    }

    /// Decodes a document; its nesting is limited by Foundation (512 levels).
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(Mistake) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, let context) {
            throw Mistake(reason: "\(path(context.codingPath + [key])) is missing")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw Mistake(reason: "\(path(context.codingPath)) has the wrong type")
        } catch {
            throw Mistake(reason: "it is not JSON")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text.isEmpty ? "the document" : String(text.prefix(200))
    }
}
