/// Names a manifest inside a known repository: by tag or by digest.
package enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
    /// Whatever the tag points to at the moment.
    case tag(Tag)
    /// Exactly one manifest.
    case digest(Digest)

    /// The text that stands after `/manifests/` in a request.
    package var description: String {
        switch self {
        case .tag(let tag): tag.text
        case .digest(let digest): digest.description
        }
    }
}
