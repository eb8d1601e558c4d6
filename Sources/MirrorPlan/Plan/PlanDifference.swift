package import OCIModel

/// What a site gains and loses when one plan takes the place of another.
///
/// Images are compared by name: the repository they are known by upstream, the destination and the tag. An image with two
/// tags so counts as two; one without tag is named by its digest and can only be added or removed. All lists are sorted.
package struct PlanDifference: Hashable, Sendable {
    /// An image under one name, in one of the plans.
    package struct Image: Hashable, Sendable {
        /// The repository that it is known by upstream.
        package let origin: Repository
        /// The repository below the destination, before nesting rules.
        package let destination: RepositoryPath
        /// The tag at the destination; nil when it is known by its digest only.
        package let tag: Tag?
        /// The kind of content.
        package let kind: ImageKind
        /// The digest of its manifest or index.
        package let digest: Digest
    }

    /// An image whose name stays and whose digest does not.
    package struct Change: Hashable, Sendable {
        /// The image as the new plan has it.
        package let image: Image
        /// The digest in the old plan.
        package let oldDigest: Digest
    }

    /// Distinct content that only one of the plans needs.
    package struct Content: Hashable, Sendable, Encodable {
        /// How many blobs; manifests are not among them.
        package let blobs: Int
        /// How many manifests and indexes.
        package let manifests: Int
        /// The bytes of both together.
        package let bytes: Int64

        /// Whether there is none.
        package var isEmpty: Bool { blobs == 0 && manifests == 0 }

        init(of plan: MirrorPlan, without other: MirrorPlan) {
            let knownBlobs = Set(other.blobs.map(\.digest))
            let knownManifests = Set(other.manifests.map(\.digest))
            let blobs = plan.blobs.filter { !knownBlobs.contains($0.digest) }
            let manifests = plan.manifests.filter { !knownManifests.contains($0.digest) }
            self.blobs = blobs.count
            self.manifests = manifests.count
            // Plans have sums in range, see `MirrorPlan.checkSums()`, and this is a part of one.
            bytes = blobs.reduce(0) { $0 + $1.size } + manifests.reduce(0) { $0 + $1.size }
        }
    }

    /// The images that only the new plan has.
    package let added: [Image]
    /// The images that only the old plan has.
    package let removed: [Image]
    /// The images that have another digest in the new plan.
    package let changed: [Change]
    /// What the new plan needs and the old one does not.
    package let gained: Content
    /// What the old plan needed and the new one does not.
    package let dropped: Content

    /// Compares two plans that are whole, as the planner makes them and lock files are checked to be.
    ///
    /// - Parameters:
    ///   - old: what the site has.
    ///   - new: what it is to have.
    package init(from old: MirrorPlan, to new: MirrorPlan) {
        let (before, after) = (Self.byName(old), Self.byName(new))
        var (added, removed, changed) = ([Image](), [Image](), [Change]())
        for name in Set(before.keys).union(after.keys) {
            let (was, now) = (before[name] ?? [:], after[name] ?? [:])
            var gone = was.keys.filter { now[$0] == nil }.sorted()[...]
            // A lock file written by hand may give one name to several digests; those beyond a pair come or go.
            for digest in now.keys.filter({ was[$0] == nil }).sorted() {
                let image = name.image(digest, now[digest])
                if let oldDigest = gone.popFirst() {
                    changed.append(Change(image: image, oldDigest: oldDigest))
                } else {
                    added.append(image)
                }
            }
            removed += gone.map { name.image($0, was[$0]) }
        }
        self.added = added.sorted()
        self.removed = removed.sorted()
        self.changed = changed.sorted { $0.image < $1.image }
        gained = Content(of: new, without: old)
        dropped = Content(of: old, without: new)
    }

    /// Whether the plans deliver the same: the same images under the same names, and nothing more or less of any.
    package var isEmpty: Bool {
        added.isEmpty && removed.isEmpty && changed.isEmpty && gained.isEmpty && dropped.isEmpty
    }

    private struct Name: Hashable {
        let origin: Repository
        let destination: RepositoryPath
        let tag: Tag?
        /// What names an image without tag.
        let digest: Digest?

        func image(_ digest: Digest, _ kind: ImageKind?) -> Image {
            Image(origin: origin, destination: destination, tag: tag, kind: kind ?? .additional, digest: digest)
        }
    }

    private static func byName(_ plan: MirrorPlan) -> [Name: [Digest: ImageKind]] {
        var names: [Name: [Digest: ImageKind]] = [:]
        for image in plan.images {
            let tags: [Tag?] = image.tags.isEmpty ? [nil] : image.tags
            for tag in tags {
                let name = Name(
                    origin: image.origin.repository,
                    destination: image.destination,
                    tag: tag,
                    digest: tag == nil ? image.digest : nil
                )
                let known = names[name]?[image.digest] ?? image.kind
                names[name, default: [:]][image.digest] = min(known, image.kind)
            }
        }
        return names
    }
}

extension PlanDifference.Image: Comparable {
    /// Orders by kind, destination, tag, origin and digest; an image without tag comes behind those with one.
    package static func < (left: Self, right: Self) -> Bool {
        if left.kind != right.kind { return left.kind < right.kind }
        return left.sortKey.lexicographicallyPrecedes(right.sortKey)
    }

    private var sortKey: [String] {
        [destination.text, tag?.text ?? "~", origin.description, digest.description]
    }
}
