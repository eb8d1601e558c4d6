import OCIModel

/// A request with everything that was read for it.
struct ResolvedRequest: Sendable {
    let request: ImageRequest
    let resolved: ImageResolver.Resolved
    let attachments: [AttachmentFinder.Found]
}

/// Collects resolved requests and merges what is the same.
struct PlanAssembly {
    private var images: [PlannedImage.Identity: PlannedImage] = [:]
    private var manifests: [Digest: PlannedManifest] = [:]
    private var blobs: [Digest: (descriptor: Descriptor, sources: Set<Repository>)] = [:]

    mutating func add(_ item: ResolvedRequest) {
        let request = item.request
        insert(
            PlannedImage(
                origin: request.origin,
                source: request.source.repository,
                digest: item.resolved.root.digest,
                destination: request.destination,
                tags: request.tags,
                kind: request.kind,
                reasons: [request.reason],
                platforms: item.resolved.root.manifest.children.isEmpty ? [] : request.platforms
            )
        )
        insert(item.resolved, from: request.source.repository)
        for found in item.attachments {
            insert(
                PlannedImage(
                    origin: ImageReference(
                        repository: request.origin.repository,
                        tag: found.tag,
                        digest: found.tag == nil ? found.resolved.root.digest : nil
                    ),
                    source: request.source.repository,
                    digest: found.resolved.root.digest,
                    destination: request.destination,
                    tags: found.tag.map { [$0] } ?? [],
                    kind: request.kind,
                    reasons: [.attached(found.type, to: found.subject)],
                    attachment: found.type,
                    attachedTo: found.subject
                )
            )
            insert(found.resolved, from: request.source.repository)
        }
    }

    func plan(configDigest: Digest?, configuration: String?, releases: PlannedReleases) -> MirrorPlan {
        MirrorPlan(
            configDigest: configDigest,
            configuration: configuration,
            images: Array(images.values),
            manifests: Array(manifests.values),
            blobs: blobs.map { digest, blob in
                PlannedBlob(
                    digest: digest,
                    size: blob.descriptor.size,
                    mediaType: blob.descriptor.mediaType,
                    sources: Array(blob.sources)
                )
            },
            releases: releases.keeping(Set(images.values.map(\.digest)))
        )
    }

    private mutating func insert(_ image: PlannedImage) {
        images[image.identity] = images[image.identity].map { $0.merged(with: image) } ?? image
    }

    private mutating func insert(_ resolved: ImageResolver.Resolved, from repository: Repository) {
        for manifest in resolved.manifests {
            // The same index may be wanted with different platform filters: the plan holds all that any of them keeps.
            manifests[manifest.digest] = manifests[manifest.digest]?.merged(with: manifest) ?? manifest
        }
        for blob in resolved.blobs {
            var entry = blobs[blob.digest] ?? (descriptor: blob, sources: [])
            // The smallest type name wins, so that the result does not depend on the order of arrival.
            if blob.mediaType < entry.descriptor.mediaType { entry.descriptor = blob }
            entry.sources.insert(repository)
            blobs[blob.digest] = entry
        }
    }
}
