import OCIModel

/// One change of what a repository holds.
enum CatalogChange: Hashable, Sendable {
    case linkBlob(Digest, size: Int64, in: RepositoryPath)
    case unlinkBlob(Digest, in: RepositoryPath)
    case linkManifest(CatalogManifest, in: RepositoryPath)
    case unlinkManifest(Digest, in: RepositoryPath)
    case setTag(Tag, to: Digest, in: RepositoryPath)
    case removeTag(Tag, in: RepositoryPath)

    /// The digest that loses a link, if one does.
    var unlinked: Digest? {
        switch self {
        case .unlinkBlob(let digest, _), .unlinkManifest(let digest, _): digest
        default: nil
        }
    }

    /// The digest that gains a link to stored bytes, if one does.
    var linked: Digest? {
        switch self {
        case .linkBlob(let digest, _, _): digest
        case .linkManifest(let manifest, _): manifest.descriptor.digest
        default: nil
        }
    }
}

/// What a catalog knows of a manifest without its bytes.
struct CatalogManifest: Hashable, Sendable {
    /// Type, digest and size; artifact type and annotations only when there is a subject.
    let descriptor: Descriptor
    /// The manifest that it says something about.
    let subject: Digest?
    /// The children of an index.
    let children: [Digest]

    /// Joins the parts.
    init(descriptor: Descriptor, subject: Digest?, children: [Digest]) {
        self.descriptor = descriptor
        self.subject = subject
        self.children = children
    }

    /// Takes what a catalog needs from a document.
    ///
    /// - Throws: `OCIModelError` when the document is larger than a descriptor can say.
    init(_ document: ManifestDocument) throws(OCIModelError) {
        let manifest = document.manifest
        let isReferrer = manifest.subject != nil
        descriptor = try Descriptor(
            mediaType: document.mediaType,
            digest: document.digest,
            size: document.size,
            artifactType: isReferrer ? manifest.artifactType : nil,
            annotations: isReferrer ? manifest.annotations : [:]
        )
        subject = manifest.subject?.digest
        children = manifest.children.map(\.digest)
    }
}
