import OCIModel

/// The part of an image's config that matters to a release.
///
/// https://github.com/opencontainers/image-spec/blob/main/config.md
struct ImageConfigDocument: Decodable {
    /// The processor architecture in Go's spelling.
    let architecture: String

    /// Decodes a config.
    ///
    /// - Throws: `ReleasesError.invalidConfig` when it is not JSON or has no architecture.
    init(decoding bytes: [UInt8], reference: ImageReference) throws(ReleasesError) {
        do {
            self = try JSONText.decode(Self.self, from: bytes)
        } catch {
            throw ReleasesError(.invalidConfig, reference: reference, reason: "its config is wrong: \(error.reason)")
        }
        guard !architecture.isEmpty, architecture.utf8.count <= 64 else {
            throw ReleasesError(.invalidConfig, reference: reference, reason: "its config names no usable architecture")
        }
    }
}
