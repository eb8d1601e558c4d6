package import MirrorPlan
package import OCIModel

/// What the targets of a run hold, before anything is written to them.
package struct TransferSurvey: Sendable {
    /// What was found at one target.
    package struct Target: Sendable {
        let destination: TransferDestination
        let layout: PlanLayout
        let withTags: Bool
        /// The references that were read back with the right digest.
        var proven: Set<PlanLayout.Proof> = []
        /// The blobs that were asked for and are there.
        var blobs: Set<ContentPlace> = []
        /// Whether the blobs of images that are there were asked for.
        var sawBlobs = false
        /// The images that are there, by position.
        var present: Set<Int> = []
        /// Why the target was given up; nil when it was not.
        var lost: TransferFailure?

        /// The images of the plan that the target lacks, wholly or in part.
        package var lacking: [PlannedImage] { lackingPositions.map { layout.plan.images[$0] } }

        /// How many images were there already, by their manifests alone: nobody asked for their blobs.
        package var unseenImages: Int { sawBlobs ? 0 : present.count }

        /// Repositories of the target that were seen to hold a blob.
        package var heldBlobs: [Digest: RepositoryPath] {
            Dictionary(blobs.map { ($0.digest, $0.repository) }) { min($0, $1) }
        }

        var lackingPositions: [Int] { layout.plan.images.indices.filter { !present.contains($0) } }
    }

    /// The plan.
    package let plan: MirrorPlan
    /// The targets in the order in which they were given; those that are taken out get nothing.
    package var targets: [Target]

    /// Joins the two.
    package init(plan: MirrorPlan, targets: [Target]) {
        self.plan = plan
        self.targets = targets
    }
}
