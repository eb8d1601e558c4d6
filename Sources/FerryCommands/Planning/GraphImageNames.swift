import MirrorPlan
import OCIModel

/// What the graph image is called: as oc-mirror calls it.
struct GraphImageNames: Sendable {
    /// The text of ``origin``.
    static let originText = "localhost/openshift/graph-image:latest"

    /// How the image is known, whatever it is made of; nothing is ever read there.
    let origin: ImageReference
    /// The repository of ``origin``.
    let repository: Repository
    /// The tag, here and at the destination.
    let tag: Tag

    /// Makes the names.
    ///
    /// - Throws: nothing that happens: the fixed names are valid.
    init() throws {
        origin = try ImageReference(Self.originText)
        repository = origin.repository
        tag = try Tag("latest")
    }

    /// The wish for the image.
    ///
    /// - Parameters:
    ///   - source: where to read it, by digest.
    ///   - reason: why.
    /// - Returns: the wish, with the destination `openshift/graph-image:latest`.
    func request(from source: ImageReference, reason: Reason) -> ImageRequest {
        ImageRequest(
            origin: origin,
            source: source,
            destination: repository.path,
            tags: [tag],
            kind: .graph,
            reason: reason
        )
    }
}
