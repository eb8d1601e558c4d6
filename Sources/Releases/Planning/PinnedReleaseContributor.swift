package import ImageStorage
package import MirrorPlan
package import OCIModel

/// Asks for a release that is named by its payload, with all its components.
package struct PinnedReleaseContributor: PlanContributor {
    private let payload: ImageReference
    private let platforms: [Platform]
    private let kubeVirtKeys: [String]
    private let library: ManifestLibrary
    private let reader: ReleasePayloadReader

    /// Takes what the configuration says.
    ///
    /// - Parameters:
    ///   - payload: the payload, with a tag or digest.
    ///   - platforms: the platforms to keep of every list of the release; empty for all.
    ///   - kubeVirtKeys: the architectures whose KubeVirt disk is wanted (``KubeVirtSelection``); none as a rule.
    ///   - library: keeps the payload's manifest for the planner.
    ///   - reader: opens payloads.
    package init(
        payload: ImageReference,
        platforms: [Platform],
        kubeVirtKeys: [String],
        library: ManifestLibrary,
        reader: ReleasePayloadReader = ReleasePayloadReader()
    ) {
        self.payload = payload
        self.platforms = platforms
        self.kubeVirtKeys = kubeVirtKeys
        self.library = library
        self.reader = reader
    }

    /// Opens the payload and asks for it and for each component.
    ///
    /// A payload that is not there or cannot be opened is a failure of the contribution: without it nothing of the
    /// release is known.
    package func contribute(reading sources: any ImageSourceProvider) async throws -> Contribution {
        do {
            return try await open(from: sources.source(for: payload.repository.registry))
        } catch {
            try Task.checkCancellation()
            return Contribution(failures: [
                PlanFailure(
                    origin: payload,
                    kind: .release,
                    reason: Reason(section: "Release \(payload)", detail: "payload"),
                    cause: error
                )
            ])
        }
    }

    private func open(from source: any ImageSource) async throws -> Contribution {
        guard let reference = payload.manifestReference else {
            throw ReleasesError(.fileMissing, reference: payload, reason: "it names neither a tag nor a digest")
        }
        guard let document = try await source.manifest(reference, in: payload.repository.path) else {
            throw MirrorPlanError(
                .imageNotFound,
                subject: payload,
                message: "the release \(payload) is not at its source"
            )
        }
        library.keep(document)
        let opened = try await reader.open(
            document,
            of: payload,
            in: payload.repository.path,
            from: source,
            platform: platforms.first,
            kubeVirtKeys: kubeVirtKeys
        )
        return try requests(opened, isList: !document.manifest.children.isEmpty, digest: document.digest)
    }

    private func requests(_ opened: ReleasePayload, isList: Bool, digest: Digest) throws -> Contribution {
        let destination = try ReleaseDestination(payload: payload)
        let architecture = isList ? "multi" : Self.name(ofArchitecture: opened.architecture)
        let section = "Release \(opened.version) (\(architecture))"
        // The tag may move while the plan is made; the digest that was opened is the one that is mirrored.
        let pinned = ImageReference(repository: payload.repository, digest: digest)
        var contribution = Contribution(requests: [
            ImageRequest(
                origin: payload,
                source: pinned,
                destination: destination.payloadRepository,
                tags: [destination.releaseTag],
                kind: .release,
                reason: Reason(section: section, detail: "payload"),
                platforms: platforms
            )
        ])
        for component in opened.components + opened.kubeVirtImages {
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
        return contribution
    }

    /// Releases spell two architectures in their own way.
    private static func name(ofArchitecture architecture: String) -> String {
        switch architecture {
        case "amd64": "x86_64"
        case "arm64": "aarch64"
        default: architecture
        }
    }
}
