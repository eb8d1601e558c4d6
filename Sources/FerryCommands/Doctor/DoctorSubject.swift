import ImageStorage
import MirrorPlan
import OCIModel

/// A registry to be examined, with what a plan wants of it.
struct DoctorSubject: Hashable, Sendable {
    /// What a registry is to a plan.
    enum Role: String, Hashable, Sendable, Encodable {
        /// Images are read from it.
        case source
        /// Images are written to it.
        case target
    }

    /// Something that is read: a manifest, or a repository as such.
    struct Sample: Hashable, Sendable {
        let repository: RepositoryPath
        /// nil: its list of tags.
        let reference: ManifestReference?
    }

    /// The registry.
    let registry: RegistryName
    /// What it is to the plan.
    let role: Role
    /// For a source: what of it is read to see whether that is allowed; at most a few.
    var samples: [Sample] = []
    /// For a target: what is to be written.
    var needs: TargetNeeds?

    /// For a target: whether nothing is written all the same.
    var isReadOnly = false

    /// Whether it may be written to.
    var isWritten: Bool { needs != nil && !isReadOnly }
    /// How people write it.
    var place: String { needs.map { "docker://\($0.namespace)" } ?? "docker://\(registry)" }
    /// What it is, for people.
    var title: String { role.rawValue + (isReadOnly ? ", only read" : "") }
}

/// What a plan needs of its target.
struct TargetNeeds: Hashable, Sendable {
    /// Where it goes.
    let namespace: TargetNamespace
    /// The destinations before nesting rules, sorted; empty when no plan is known.
    var destinations: [RepositoryPath] = []
    /// The media types of all manifests; empty when they are not known.
    var mediaTypes: Set<MediaType> = []
    /// The largest blob in bytes; nil when it is not known.
    var largestBlob: Int64?
    /// Whether lists are written without some of their images.
    var hasSparseLists = false
    /// Whether some manifests have a subject.
    var hasReferrers = false

    /// Where one goes who has no plan.
    init(_ namespace: TargetNamespace) {
        self.namespace = namespace
    }

    /// What a whole plan needs.
    init(_ namespace: TargetNamespace, plan: MirrorPlan) {
        self.namespace = namespace
        destinations = Set(plan.images.map(\.destination)).sorted()
        mediaTypes = Set(plan.manifests.map(\.mediaType))
        largestBlob = plan.blobs.map(\.size).max()
        hasSparseLists = plan.manifests.contains { !$0.omitted.isEmpty }
        hasReferrers = plan.manifests.contains { $0.subject != nil }
    }

    /// The repositories at the registry, without duplicates, sorted.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination`.
    func repositories() throws -> [RepositoryPath] {
        Set(try destinations.map { try namespace.repository(for: $0) }).sorted()
    }
}
