package import OCIModel

/// An image that a run must deliver: which manifest, from where, to where, why.
package struct PlannedImage: Hashable, Sendable, Codable {
    /// The reference as it is known upstream; cluster resources are made from it.
    package let origin: ImageReference
    /// The repository it is read from.
    package let source: Repository
    /// The digest of the manifest or index; every tag was resolved to it when planning.
    package let digest: Digest
    /// The repository below the destination, before nesting rules.
    package let destination: RepositoryPath
    /// The tags at the destination, sorted; empty for referrers.
    package let tags: [Tag]
    /// The kind, which decides the exit bit; attachments have their image's kind.
    package let kind: ImageKind
    /// Why it is wanted, sorted, at least one.
    package let reasons: [Reason]
    /// The platforms kept of a list, sorted; empty when all are.
    package let platforms: [Platform]
    /// What it is attached as, when it is an attachment.
    package let attachment: AttachmentType?
    /// The digest that it is attached to, when it is an attachment.
    package let attachedTo: Digest?

    /// Joins the parts, sorting the lists.
    package init(
        origin: ImageReference,
        source: Repository,
        digest: Digest,
        destination: RepositoryPath,
        tags: [Tag],
        kind: ImageKind,
        reasons: [Reason],
        platforms: [Platform] = [],
        attachment: AttachmentType? = nil,
        attachedTo: Digest? = nil
    ) {
        self.origin = origin
        self.source = source
        self.digest = digest
        self.destination = destination
        self.tags = Set(tags).sorted()
        self.kind = kind
        self.reasons = Set(reasons).sorted()
        self.platforms = Set(platforms).sorted()
        self.attachment = attachment
        self.attachedTo = attachedTo
    }

    /// The source pinned by digest.
    package var pinnedSource: ImageReference { ImageReference(repository: source, digest: digest) }

    /// What makes two entries the same image: they are merged.
    struct Identity: Hashable {
        let origin: ImageReference
        let digest: Digest
        let destination: RepositoryPath
        let attachedTo: Digest?
        let platforms: [Platform]
    }

    var identity: Identity {
        Identity(origin: origin, digest: digest, destination: destination, attachedTo: attachedTo, platforms: platforms)
    }

    func merged(with other: PlannedImage) -> PlannedImage {
        PlannedImage(
            origin: origin,
            source: source,
            digest: digest,
            destination: destination,
            tags: tags + other.tags,
            kind: min(kind, other.kind),
            reasons: reasons + other.reasons,
            platforms: platforms,
            attachment: attachment,
            attachedTo: attachedTo
        )
    }
}

extension PlannedImage: Comparable {
    /// Orders by kind, destination, tags, origin, digest, platforms and subject; attachments come behind images.
    package static func < (left: PlannedImage, right: PlannedImage) -> Bool { left.sortKey < right.sortKey }

    private var sortKey: SortKey {
        SortKey(
            isAttachment: attachedTo == nil ? 0 : 1,
            kind: kind,
            text: [destination.text, tags.first?.text ?? "~", origin.description, digest.description]
                + platforms.map(\.description) + [attachedTo?.description ?? ""]
        )
    }

    private struct SortKey: Comparable {
        let isAttachment: Int
        let kind: ImageKind
        let text: [String]

        static func < (left: SortKey, right: SortKey) -> Bool {
            if left.isAttachment != right.isAttachment { return left.isAttachment < right.isAttachment }
            if left.kind != right.kind { return left.kind < right.kind }
            return left.text.lexicographicallyPrecedes(right.text)
        }
    }
}
