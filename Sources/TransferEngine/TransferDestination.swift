package import ImageStorage
package import OCIModel

/// One of the targets of a run.
package struct TransferDestination: Sendable {
    /// Where to write.
    package let target: any ImageTarget
    /// The store behind the target: those of one store mount blobs from each other instead of getting them twice.
    package let store: String
    /// The repository at the target of a planned destination.
    package let repository: @Sendable (RepositoryPath) throws -> RepositoryPath
    /// Whether the blobs of images that are there already are asked for, too.
    package var checksBlobs = false

    /// Joins the parts; without a mapping images are stored where the plan says.
    package init(
        _ target: any ImageTarget,
        store: String = "",
        repository: @escaping @Sendable (RepositoryPath) throws -> RepositoryPath = { $0 }
    ) {
        self.target = target
        self.store = store
        self.repository = repository
    }
}
