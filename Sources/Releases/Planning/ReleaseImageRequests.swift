import ImageStorage
import MirrorPlan
import OCIModel

/// Turns an opened release into requests for its images.
struct ReleaseImageRequests {
    /// What was asked for.
    let release: WantedRelease
    /// What its payload says.
    let payload: ReleasePayload
    /// The payload's manifest or list.
    let document: ManifestDocument
    /// The tag of the name that was signed; nil without a signature.
    let tag: Tag?
    /// The platforms to keep of every list; empty for all.
    let platforms: [Platform]

    /// The requests, with what is to be kept of the release.
    ///
    /// - Parameters:
    ///   - signatures: those that were found right.
    ///   - unsignedReason: why there is none of the payload, one clause.
    /// - Returns: requests for the payload and each component, and what the lock file keeps.
    /// - Throws: `OCIModelError` when a tag would not be one.
    func contribution(signatures: [ReleaseSignature], unsignedReason: String?) throws -> Contribution {
        let destination = try destination()
        let section = "Release \(payload.version) (\(architectureName))"
        // The tag may move while the plan is made; the digest that was opened is the one that is mirrored.
        let pinned = ImageReference(repository: release.payload.repository, digest: document.digest)
        let reasons = release.listing?.reasons ?? []
        var contribution = Contribution(requests: [
            ImageRequest(
                origin: origin(tag: destination.releaseTag),
                source: pinned,
                destination: destination.payloadRepository,
                tags: [destination.releaseTag],
                kind: .release,
                reason: Reason(section: section, detail: (["payload"] + reasons).joined(separator: ", ")),
                platforms: platforms
            )
        ])
        for component in payload.components + payload.kubeVirtImages {
            contribution.requests.append(
                ImageRequest(
                    origin: component.reference,
                    source: component.reference,
                    destination: destination.componentRepository,
                    tags: [try destination.tag(ofComponent: component.name)],
                    kind: .releaseContent,
                    reason: Reason(section: section, detail: "component \(component.name)"),
                    platforms: platforms
                )
            )
        }
        contribution.releases = PlannedReleases(
            releases: [
                PlannedRelease(
                    digest: document.digest,
                    repository: release.payload.repository,
                    version: payload.version,
                    architecture: isList ? "multi" : payload.architecture,
                    product: release.product.rawValue,
                    tag: destination.releaseTag,
                    isPinned: release.isPinned,
                    signatures: signatures,
                    unsignedReason: unsignedReason
                )
            ]
        )
        return contribution
    }

    private var isList: Bool { !document.manifest.children.isEmpty }

    /// The release as it is known upstream: in the words of the configuration, else by the tag that it has there too.
    private func origin(tag: Tag) -> ImageReference {
        release.isPinned
            ? release.payload
            : ImageReference(repository: release.payload.repository, tag: tag, digest: document.digest)
    }

    /// The release's tag: of the name that was signed, else of the configuration, else made of version and architecture.
    private func destination() throws -> ReleaseDestination {
        if let tag { return try ReleaseDestination(releaseTag: tag) }
        if release.isPinned { return try ReleaseDestination(payload: release.payload) }
        return try ReleaseDestination(releaseTag: Tag("\(payload.version)-\(architectureName)"))
    }

    /// Releases spell two architectures in their own way.
    private var architectureName: String {
        if isList { return "multi" }
        return switch payload.architecture {
        case "amd64": "x86_64"
        case "arm64": "aarch64"
        default: payload.architecture
        }
    }
}
