import OCIModel

/// What a release's signature signs, an "atomic container signature".
///
/// https://github.com/containers/image/blob/main/docs/containers-signature.5.md
///
/// Nothing but what the format names may stand in it, so that nobody reads more into what was signed than was meant; only
/// `optional` may have anything.
struct ReleaseSignatureDocument: Hashable {
    /// The largest document in bytes.
    static let maximumBytes = 64 << 10
    /// The longest reference in bytes.
    static let maximumReferenceBytes = 4 << 10
    private static let kind = "atomic container signature"
    private typealias Members = [String: StrictJSON]

    /// The manifest that was signed.
    let digest: Digest
    /// The reference that it was signed under, as it stands.
    let reference: String
    /// The tag of the reference; nil when there is none, or the text is no reference.
    let tag: Tag?
    /// The program that made it, if it says so.
    let creator: String?

    /// Reads what was signed.
    ///
    /// - Parameters:
    ///   - bytes: the content of a message whose signature is right.
    ///   - asked: the digest that it must be about.
    /// - Throws: `ReleasesError.signatureInvalidContent`; `.signatureWrongDigest`.
    init(decoding bytes: [UInt8], of asked: Digest) throws(ReleasesError) {
        func mistake(_ reason: String) -> ReleasesError {
            ReleasesError(.signatureInvalidContent, reference: asked, reason: "what was signed is wrong: \(reason)")
        }
        func members(_ value: StrictJSON?, _ name: String, _ known: Set<String>) throws(ReleasesError) -> Members {
            guard case .object(let members)? = value else { throw mistake("\(name) is not an object") }
            if let other = members.keys.filter({ !known.contains($0) }).min() {
                throw mistake("\(name) has \"\(other.prefix(80))\", which has no meaning there")
            }
            return members
        }
        func text(_ value: StrictJSON?, _ name: String) throws(ReleasesError) -> String {
            guard case .string(let text)? = value else { throw mistake("\(name) is not a text") }
            return text
        }
        guard bytes.count <= Self.maximumBytes else { throw mistake("it has more than \(Self.maximumBytes) bytes") }
        let document: StrictJSON
        do {
            document = try StrictJSON(decoding: bytes)
        } catch {
            throw mistake(error.reason)
        }
        let top = try members(document, "the document", ["critical", "optional"])
        let critical = try members(top["critical"], "critical", ["type", "image", "identity"])
        let kind = try text(critical["type"], "critical.type")
        guard kind == Self.kind else {
            throw mistake("critical.type is \"\(kind.prefix(80))\", not \"\(Self.kind)\"")
        }
        let image = try members(critical["image"], "critical.image", ["docker-manifest-digest"])
        let identity = try members(critical["identity"], "critical.identity", ["docker-reference"])
        let reference = try text(identity["docker-reference"], "critical.identity.docker-reference")
        guard !reference.isEmpty, reference.utf8.count <= Self.maximumReferenceBytes else {
            throw mistake("critical.identity.docker-reference is \(reference.isEmpty ? "empty" : "too long")")
        }
        let digestText = try text(image["docker-manifest-digest"], "critical.image.docker-manifest-digest")
        let digest: Digest
        do {
            digest = try Digest(digestText)
        } catch {
            throw mistake("critical.image.docker-manifest-digest \(error.reason)")
        }
        guard digest == asked else {
            throw ReleasesError(
                .signatureWrongDigest,
                reference: asked,
                reason: "the signature is right, but it signs another release, \(digest)"
            )
        }
        self.digest = digest
        self.reference = reference
        // What stands there is a name for people; a tag is used only when the whole is a reference.
        tag = (try? ImageReference(reference))?.tag
        if let optional = top["optional"] {
            guard case .object(let optional) = optional else { throw mistake("optional is not an object") }
            creator = if case .string(let text)? = optional["creator"] { text } else { nil }
        } else {
            creator = nil
        }
    }
}
