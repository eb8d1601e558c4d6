import OCIModel

/// What a payload says about itself in `release-metadata`.
package struct ReleaseMetadata: Hashable, Sendable {
    /// The name inside `release-manifests`.
    static let fileName = "release-metadata"

    /// The kind of the document, `cincinnati-metadata-v0`.
    package let kind: String
    /// The version of the release.
    package let version: String
    /// The versions that may be updated to this one, in the file's order.
    package let previous: [String]
    /// The address of the release notes, if one is written.
    package let url: String?

    /// Decodes the file.
    ///
    /// - Throws: `ReleasesError.invalidReleaseMetadata` when it is not JSON of the kind `cincinnati-metadata-v0`.
    init(decoding bytes: [UInt8], reference: ImageReference) throws(ReleasesError) {
        let wire: Wire
        do {
            wire = try JSONText.decode(Wire.self, from: bytes)
        } catch {
            throw Self.mistake(error.reason, reference)
        }
        guard wire.kind == "cincinnati-metadata-v0" else {
            throw Self.mistake("its kind is \"\(wire.kind.prefix(80))\", not cincinnati-metadata-v0", reference)
        }
        kind = wire.kind
        version = wire.version
        previous = wire.previous ?? []
        url = wire.metadata?.url
    }

    private static func mistake(_ reason: String, _ reference: ImageReference) -> ReleasesError {
        ReleasesError(.invalidReleaseMetadata, reference: reference, reason: "its \(fileName) is wrong: \(reason)")
    }

    private struct Wire: Decodable {
        /// Free-form; only a text named `url` is of use.
        struct Metadata: Decodable {
            let url: String?

            private enum Key: String, CodingKey {
                case url
            }

            init(from decoder: any Decoder) throws {
                do {
                    url = try decoder.container(keyedBy: Key.self).decodeIfPresent(String.self, forKey: .url)
                } catch is DecodingError {
                    // Anything is allowed here, so another type under this name is not a mistake.
                    url = nil
                }
            }
        }

        let kind: String
        let version: String
        let previous: [String]?
        let metadata: Metadata?
    }
}
