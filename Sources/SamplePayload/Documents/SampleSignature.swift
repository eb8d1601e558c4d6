import OCIModel

/// A made-up signature of an image, shaped as cosign makes them.
///
/// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
struct SampleSignature {
    /// The statement that would be signed.
    let statement: [UInt8]
    /// The text in place of the signature: base64 of the digest's digits.
    let signature: String
    /// The tag that it is found under.
    let tag: Tag

    /// Makes one for a manifest.
    init(of digest: Digest, named reference: String) throws {
        statement = try SampleJSON.encode(
            Statement(
                critical: .init(
                    identity: ["docker-reference": reference],
                    image: ["docker-manifest-digest": digest.description]
                )
            )
        )
        signature = digest.hex
        tag = try Tag("\(digest.algorithm.rawValue)-\(digest.hex).sig")
    }

    /// The type of the layer that holds the statement.
    static func layerType() throws -> MediaType { try MediaType("application/vnd.dev.cosign.simplesigning.v1+json") }

    private struct Statement: Encodable {
        struct Critical: Encodable {
            var identity: [String: String]
            var image: [String: String]
            var type = "cosign container image signature"
        }

        var critical: Critical
        var optional: [String: String] = [:]
    }
}
