package import ImageStorage
package import OCIModel

/// A wish for an image, before its tag is resolved and its manifests are read.
package struct ImageRequest: Hashable, Sendable, Codable {
    /// The reference as it is known upstream.
    package let origin: ImageReference
    /// The reference to read it by; it has a tag or a digest.
    package let source: ImageReference
    /// The repository below the destination.
    package let destination: RepositoryPath
    /// The tags at the destination.
    package let tags: [Tag]
    /// The kind.
    package let kind: ImageKind
    /// Why it is wanted.
    package let reason: Reason
    /// The platforms to keep of a list; empty for all.
    package let platforms: [Platform]

    /// Joins the parts.
    package init(
        origin: ImageReference,
        source: ImageReference,
        destination: RepositoryPath,
        tags: [Tag],
        kind: ImageKind,
        reason: Reason,
        platforms: [Platform] = []
    ) {
        self.origin = origin
        self.source = source
        self.destination = destination
        self.tags = tags
        self.kind = kind
        self.reason = reason
        self.platforms = platforms
    }
}

/// An image that cannot be planned, with the cause.
package struct PlanFailure: Error, Sendable {
    /// The reference that was wanted.
    package let origin: ImageReference
    /// The kind, which decides the exit bit.
    package let kind: ImageKind
    /// Why it was wanted.
    package let reason: Reason
    /// What went wrong.
    package let cause: any Error
    /// The wish itself, so that it can be resolved again; nil when it was not known which images are wanted.
    package let request: ImageRequest?

    /// Joins the parts.
    package init(
        origin: ImageReference,
        kind: ImageKind,
        reason: Reason,
        cause: any Error,
        request: ImageRequest? = nil
    ) {
        self.origin = origin
        self.kind = kind
        self.reason = reason
        self.cause = cause
        self.request = request
    }
}

/// What one part of a configuration asks for.
package struct Contribution: Sendable {
    /// The images asked for.
    package var requests: [ImageRequest]
    /// The images that are known to be impossible.
    package var failures: [PlanFailure]
    /// What is known of releases among the requests.
    package var releases: PlannedReleases
    /// What the user should know and no lock file keeps, since it depends on time and place; each a sentence.
    package var notices: [String] = []

    /// Joins the parts.
    package init(
        requests: [ImageRequest] = [],
        failures: [PlanFailure] = [],
        releases: PlannedReleases = PlannedReleases()
    ) {
        self.requests = requests
        self.failures = failures
        self.releases = releases
    }

    /// Adds what another part asks for.
    package mutating func add(_ other: Contribution) {
        requests += other.requests
        failures += other.failures
        releases = releases + other.releases
        notices += other.notices
    }
}

/// A part of a configuration that knows which images it needs: releases, additional images and so on.
package protocol PlanContributor: Sendable {
    /// Finds out which images are needed; reads manifests and small layers only.
    ///
    /// - Parameter sources: where to read from.
    /// - Returns: requests, and failures of single images.
    /// - Throws: what makes the whole part impossible.
    func contribute(reading sources: any ImageSourceProvider) async throws -> Contribution
}
