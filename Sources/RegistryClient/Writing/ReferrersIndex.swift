import Foundation
import OCIModel

/// The index under the fallback tag of registries without a referrers API.
///
/// Entries that others wrote stay as they are, members unknown here included.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
struct ReferrersIndex {
    private var entries: [JSONValue]
    private var members: [String: JSONValue]

    /// An empty list.
    init() {
        members = ["schemaVersion": .integer(2), "mediaType": .string(MediaType.ociIndex.text)]
        entries = []
    }

    /// The list as it stands.
    ///
    /// - Throws: `DecodingError` when it is no JSON object with `manifests`.
    init(_ bytes: [UInt8]) throws {
        members = try JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
        guard case .array(let entries)? = members["manifests"] else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no manifests"))
        }
        self.entries = entries
    }

    /// Adds a manifest, sorted by digest.
    ///
    /// - Returns: false when it is there already.
    mutating func add(_ document: ManifestDocument) -> Bool {
        guard !entries.contains(where: { $0.digest == document.digest.description }) else { return false }
        var entry: [String: JSONValue] = [
            "mediaType": .string(document.mediaType.text),
            "digest": .string(document.digest.description),
            "size": .integer(document.size),
        ]
        if let type = document.manifest.artifactType { entry["artifactType"] = .string(type) }
        if !document.manifest.annotations.isEmpty {
            entry["annotations"] = .object(document.manifest.annotations.mapValues { .string($0) })
        }
        entries.append(.object(entry))
        entries.sort { ($0.digest ?? "") < ($1.digest ?? "") }
        return true
    }

    /// The document, the same bytes everywhere.
    ///
    /// - Throws: `EncodingError`.
    func encoded() throws -> [UInt8] {
        var members = members
        members["manifests"] = .array(entries)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(members))
    }
}

/// JSON as it stands.
private enum JSONValue: Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = Self.decode(Bool.self, container) {
            self = .bool(value)
        } else if let value = Self.decode(Int64.self, container) {
            self = .integer(value)
        } else if let value = Self.decode(Double.self, container) {
            self = .number(value)
        } else if let value = Self.decode(String.self, container) {
            self = .string(value)
        } else if let value = Self.decode([JSONValue].self, container) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type,
        _ container: any SingleValueDecodingContainer
    ) -> Value? {
        do {
            return try container.decode(type)
        } catch {
            return nil  // the next type is tried
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    var digest: String? {
        guard case .object(let members) = self, case .string(let digest)? = members["digest"] else { return nil }
        return digest
    }
}
