import Foundation

/// The members of all four manifest types together, as JSON has them.
struct ManifestWire: Decodable {
    /// The version, 2 in all supported types.
    let schemaVersion: Int?
    /// The type that the body claims.
    let mediaType: MediaType?
    /// The artifact type that is written.
    let artifactType: String?
    /// The config of an image.
    let config: DescriptorWire?
    /// The layers of an image.
    let layers: [DescriptorWire]?
    /// The children of an index.
    let manifests: [DescriptorWire]?
    /// Whether `manifests` is there and null, which is how some programs write an empty list.
    let hasNullManifests: Bool
    /// The manifest that this one says something about.
    let subject: DescriptorWire?
    /// The annotations.
    let annotations: [String: String]?

    private enum Key: String, CodingKey {
        case schemaVersion
        case mediaType
        case artifactType
        case config
        case layers
        case manifests
        case subject
        case annotations
    }

    /// Decodes what is there; an empty text counts as absent, as Go programs write it.
    ///
    /// - Throws: `DecodingError`.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        schemaVersion = try container.integerIfPresent(.schemaVersion)
        mediaType = try container.parseIfPresent(.mediaType) { text throws(OCIModelError) in try MediaType(text) }
        artifactType = try container.parseIfPresent(.artifactType) { $0 }
        config = try container.decodeIfPresent(DescriptorWire.self, forKey: .config)
        layers = try container.decodeIfPresent([DescriptorWire].self, forKey: .layers)
        manifests = try container.decodeIfPresent([DescriptorWire].self, forKey: .manifests)
        hasNullManifests = manifests == nil && container.contains(.manifests)
        subject = try container.decodeIfPresent(DescriptorWire.self, forKey: .subject)
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations)
    }

    /// What a decoding error says, in words for the user.
    static func sentence(of error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) has the wrong type"
        case DecodingError.dataCorrupted(let context):
            if let reason = context.underlyingError as? OCIModelError {
                "\(path(context.codingPath)): \(reason)"
            } else {
                context.codingPath.isEmpty
                    ? "it is malformed" : "\(path(context.codingPath)) has a value that is out of range"
            }
        default: "it is malformed"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "the document" }
        return keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}

/// A descriptor as JSON has it.
struct DescriptorWire: Decodable {
    /// The descriptor, all parts valid.
    let descriptor: Descriptor

    private enum Key: String, CodingKey {
        case mediaType
        case digest
        case size
        case platform
        case artifactType
        case annotations
    }

    private struct PlatformWire: Decodable {
        let os: String?
        let architecture: String?
        let variant: String?

        /// The platform; nil when its parts make no sense, because that must not make the image unreadable.
        var platform: Platform? {
            guard let os, let architecture else { return nil }
            do {
                return try Platform(os: os, architecture: architecture, variant: variant)
            } catch {
                return nil
            }
        }
    }

    /// Decodes and validates.
    ///
    /// - Throws: `DecodingError`.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let digest = try container.parseIfPresent(.digest) { text throws(OCIModelError) in try Digest(text) }
        guard let digest else {
            throw DecodingError.keyNotFound(
                Key.digest,
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no digest")
            )
        }
        let mediaType = try container.parseIfPresent(.mediaType) { text throws(OCIModelError) in try MediaType(text) }
        guard let size: Int64 = try container.integerIfPresent(.size) else {
            throw DecodingError.keyNotFound(
                Key.size,
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no size")
            )
        }
        let platform = try container.decodeIfPresent(PlatformWire.self, forKey: .platform)?.platform
        let artifactType = try container.parseIfPresent(.artifactType) { $0 }
        let annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations)
        do {
            descriptor = try Descriptor(
                mediaType: mediaType ?? .octetStream,
                digest: digest,
                size: size,
                platform: platform,
                artifactType: artifactType,
                annotations: annotations ?? [:]
            )
        } catch {
            throw DecodingError.dataCorruptedError(in: container, forKey: .size, because: error)
        }
    }
}

extension KeyedDecodingContainer {
    /// Decodes a text and makes a value of it; nil when it is absent, null or empty.
    ///
    /// - Throws: `DecodingError`; the parser's error is its underlying error.
    fileprivate func parseIfPresent<Value>(
        _ key: Key,
        _ parse: (String) throws(OCIModelError) -> Value
    ) throws -> Value? {
        guard let text = try decodeIfPresent(String.self, forKey: key), !text.isEmpty else { return nil }
        do throws(OCIModelError) {
            return try parse(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: self, forKey: key, because: error)
        }
    }
}

extension KeyedDecodingContainer {
    /// Decodes a whole number; nil when it is absent or null.
    ///
    /// - Throws: `DecodingError`, which names the member also when the number fits no type.
    fileprivate func integerIfPresent<Number: FixedWidthInteger & Decodable>(_ key: Key) throws -> Number? {
        do {
            return try decodeIfPresent(Number.self, forKey: key)
        } catch let error as DecodingError {
            throw error
        } catch {
            // A number that fits no type comes as an error private to Foundation, which would end as "no JSON".
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "no whole number in range")
        }
    }
}

extension DecodingError {
    fileprivate static func dataCorruptedError<Key>(
        in container: KeyedDecodingContainer<Key>,
        forKey key: Key,
        because error: OCIModelError
    ) -> DecodingError {
        .dataCorrupted(
            Context(
                codingPath: container.codingPath + [key],
                debugDescription: error.description,
                underlyingError: error
            )
        )
    }
}
