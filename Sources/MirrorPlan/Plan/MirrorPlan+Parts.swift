import OCIModel

extension MirrorPlan {
    /// The plan with some of its images only, and what they are attached to: without it an attachment cannot be delivered.
    ///
    /// - Parameter isWanted: says which images are kept in any case.
    /// - Returns: a plan in which every image is whole.
    package func keeping(_ isWanted: (PlannedImage) -> Bool) -> MirrorPlan {
        let index = PlanIndex(self)
        var kept = Set(images.filter(isWanted))
        var added = kept
        // An attachment may be attached to a part of an attachment, and so on.
        while !added.isEmpty {
            let subjects = added.reduce(into: [RepositoryPath: Set<Digest>]()) { subjects, image in
                if let subject = image.attachedTo { subjects[image.destination, default: []].insert(subject) }
            }
            added = Set(
                images.filter { image in
                    guard !kept.contains(image), let wanted = subjects[image.destination] else { return false }
                    return index.closure(of: image.digest).contains { wanted.contains($0.digest) }
                }
            )
            kept.formUnion(added)
        }
        return dropping { !kept.contains($0) }
    }

    /// The plan with the images of another one; configuration and releases stay its own.
    ///
    /// - Parameter other: a plan of images that were resolved later.
    /// - Returns: both, what is the same merged.
    /// - Throws: `MirrorPlanError.destinationCollision`, `.tooLarge`.
    package func joined(with other: MirrorPlan) throws -> MirrorPlan {
        guard !other.images.isEmpty else { return self }
        var images: [PlannedImage.Identity: PlannedImage] = [:]
        for image in self.images + other.images {
            images[image.identity] = images[image.identity].map { $0.merged(with: image) } ?? image
        }
        var manifests: [Digest: PlannedManifest] = [:]
        for manifest in self.manifests + other.manifests {
            manifests[manifest.digest] = manifests[manifest.digest].map { $0.merged(with: manifest) } ?? manifest
        }
        var blobs: [Digest: PlannedBlob] = [:]
        for blob in self.blobs + other.blobs {
            blobs[blob.digest] = blobs[blob.digest].map { $0.merged(with: blob) } ?? blob
        }
        let plan = MirrorPlan(
            configDigest: configDigest,
            configuration: configuration,
            images: Array(images.values),
            manifests: Array(manifests.values),
            blobs: Array(blobs.values),
            releases: releases
        )
        try plan.checkSums()
        try CollisionCheck.check(plan.images) { $0 }
        return plan
    }
}

extension PlannedBlob {
    /// The same blob with the sources of both; the smallest type name wins, whatever the order.
    fileprivate func merged(with other: PlannedBlob) -> PlannedBlob {
        PlannedBlob(
            digest: digest,
            size: size,
            mediaType: min(mediaType, other.mediaType),
            sources: Array(Set(sources + other.sources))
        )
    }
}
