package import OCIModel

/// What reading every byte of a media set found.
package struct MediaSetVerification: Hashable, Sendable, Codable {
    /// A blob or manifest that is not what its digest says, or not there.
    package struct DamagedBlob: Hashable, Sendable, Codable {
        /// The blob.
        package var digest: Digest
        /// Its size in bytes.
        package var size: Int64
        /// The volumes to bring again, by number.
        package var volumes: [Int]
    }

    /// An image that cannot be used because of damage.
    package struct HurtImage: Hashable, Sendable, Codable {
        /// The reference that was asked for.
        package var origin: String
        /// Where it goes.
        package var destination: RepositoryPath
        /// The tags that it gets there.
        package var tags: [Tag]
        /// The damaged or missing parts of it.
        package var digests: [Digest]
    }

    /// The set.
    package var set: SetIdentifier
    /// The set's number for its destination.
    package var sequence: Int
    /// How many volumes the set has.
    package var volumes: Int
    /// How many images, blobs and manifests it has.
    package var images: Int
    /// How many blobs and manifests it has.
    package var blobs: Int
    /// How many bytes were read.
    package var bytes: Int64
    /// What is wrong with the volumes, by number.
    package var problems: [MediaSetProblem]
    /// The blobs that are damaged or lie in a missing volume, in the order in which they lie.
    package var damagedBlobs: [DamagedBlob]
    /// What images need and neither this set nor an earlier one has.
    package var missing: [MediaSetClosure.Need]
    /// The images that are hurt, in the order of the set.
    package var hurtImages: [HurtImage]
    /// How many digests must be at the target already, from earlier sets.
    package var required: Int

    /// Whether everything is as it must be.
    package var isIntact: Bool { problems.isEmpty && damagedBlobs.isEmpty && missing.isEmpty }

    /// The volumes to bring again, by number.
    package var damagedVolumes: [Int] {
        Set(problems.compactMap(\.volume) + damagedBlobs.flatMap(\.volumes)).sorted()
    }
}

extension MediaSetVerification {
    /// Describes a set whose manifest cannot be read, so that nothing more can be said than what is wrong.
    package init(
        unreadable set: SetIdentifier,
        sequence: Int,
        volumes: Int,
        problems: [MediaSetProblem]
    ) {
        self.init(
            set: set,
            sequence: sequence,
            volumes: volumes,
            images: 0,
            blobs: 0,
            bytes: 0,
            problems: problems,
            damagedBlobs: [],
            missing: [],
            hurtImages: [],
            required: 0
        )
    }
}
