import DispatchLanes
package import ImageStorage
package import MirrorPlan
package import OCIModel
import SemanticVersion

/// Asks for releases with all their components, after it has found their signatures right.
package struct ReleaseContributor: PlanContributor {
    private let releases: [WantedRelease]
    private let platforms: [Platform]
    private let kubeVirtKeys: [String]
    private let signatures: any ReleaseSignatureProvider
    private let policy: ReleaseSignaturePolicy
    private let library: ManifestLibrary
    private let reader: ReleasePayloadReader

    /// How many payloads are opened at the same time.
    private static let width = 4

    /// Takes what the configuration says.
    ///
    /// - Parameters:
    ///   - releases: the releases.
    ///   - platforms: the platforms to keep of every list of a release; empty for all.
    ///   - kubeVirtKeys: the architectures whose KubeVirt disk is wanted (``KubeVirtSelection``); none as a rule.
    ///   - signatures: knows the signatures.
    ///   - policy: what becomes of releases without.
    ///   - library: keeps the payloads' manifests for the planner.
    ///   - reader: opens payloads.
    package init(
        releases: [WantedRelease],
        platforms: [Platform],
        kubeVirtKeys: [String],
        signatures: any ReleaseSignatureProvider,
        policy: ReleaseSignaturePolicy,
        library: ManifestLibrary,
        reader: ReleasePayloadReader = ReleasePayloadReader()
    ) {
        self.releases = releases
        self.platforms = platforms
        self.kubeVirtKeys = kubeVirtKeys
        self.signatures = signatures
        self.policy = policy
        self.library = library
        self.reader = reader
    }

    /// Checks and opens each payload, and asks for it and for each component.
    ///
    /// A payload that is not there, is not signed as it must be or cannot be opened is a failure of the contribution:
    /// without it nothing of that release is known. The others go on.
    package func contribute(reading sources: any ImageSourceProvider) async throws -> Contribution {
        let parts = try await mapConcurrently(releases, width: Self.width) { release in
            try await contribution(of: release, reading: sources)
        }
        return parts.reduce(into: Contribution()) { $0.add($1) }
    }

    private func contribution(
        of release: WantedRelease,
        reading sources: any ImageSourceProvider
    ) async throws -> Contribution {
        do {
            let source = try sources.source(for: release.payload.repository.registry)
            return try await open(release, from: source)
        } catch {
            try Task.checkCancellation()
            return Contribution(failures: [
                PlanFailure(
                    origin: release.payload,
                    kind: .release,
                    reason: Reason(section: "Release \(release.name)", detail: "payload"),
                    cause: error
                )
            ])
        }
    }

    private func open(_ release: WantedRelease, from source: any ImageSource) async throws -> Contribution {
        let payload = release.payload
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
        let place = PayloadPlace(
            document: document,
            reference: payload,
            repository: payload.repository.path,
            source: source
        )
        let trust = try await trust(in: release, at: place)
        let opened = try await reader.open(
            document,
            of: payload,
            in: payload.repository.path,
            from: source,
            platform: platforms.first,
            kubeVirtKeys: kubeVirtKeys
        )
        try release.check(version: opened.version)
        let requests = ReleaseImageRequests(
            release: release,
            payload: opened,
            document: document,
            tag: trust.tag,
            platforms: platforms
        )
        var contribution = try requests.contribution(signatures: trust.signatures, unsignedReason: trust.absence)
        contribution.notices = trust.notices
        if !release.isPinned, let tag = trust.tag, tag.text != opened.version, !tag.text.hasPrefix("\(opened.version)-")
        {
            contribution.notices.append("release \(release.name): it was signed under the name \(tag), which it gets")
        }
        return contribution
    }
}

extension ReleaseContributor {
    /// What is known of a release's signatures.
    private struct Trust {
        /// The tag that the signed name has.
        var tag: Tag?
        /// The signatures.
        var signatures: [ReleaseSignature] = []
        /// Why there is none, one clause; nil when it was not looked for.
        var absence: String?
        /// What the user should know.
        var notices: [String] = []
    }

    /// Why there is no signature, in words that are the same wherever the stores are: they get into the lock file.
    private static func absence(_ failure: ReleasesError) -> String {
        failure.code == .signatureStoreUnavailable
            ? "no store of signatures could be asked" : "no store has a signature of it"
    }

    private func trust(in release: WantedRelease, at place: PayloadPlace) async throws -> Trust {
        var trust = Trust()
        guard policy != .ignored else { return trust }
        do {
            let found = try await signatures.signatures(
                of: place.document.digest,
                product: release.product,
                storesOf: place
            )
            let names = found.compactMap(\.tag)
            trust.tag = names.first { $0 == release.payload.tag } ?? names.first
            trust.signatures = found.map(\.signature)
            trust.notices = found.flatMap(\.notes).map { "release \(release.name): \($0)" }
            if let asked = release.payload.tag, let signed = trust.tag, asked != signed {
                // Tags move, also to an older release whose signature is as right as any.
                trust.notices.append(
                    "release \(release.name) was signed as \(signed), and that is the tag it gets: is it the one you want?"
                )
            }
        } catch let failure as ReleasesError where policy.permits(failure, isPinned: release.isPinned) {
            trust.absence = Self.absence(failure)
            // Who could not be asked for the whole is not asked for each part, with all tries.
            if failure.code == .signatureStoreUnavailable { return trust }
        }
        try await addChildren(of: place.document, of: release, to: &trust)
        return trust
    }
}

extension ReleaseContributor {
    /// Adds signatures of single payloads of a list: a cluster of one architecture may look for that of its own.
    private func addChildren(
        of document: ManifestDocument,
        of release: WantedRelease,
        to trust: inout Trust
    ) async throws {
        for child in document.manifest.children {
            do {
                let found = try await signatures.signatures(of: child.digest, product: release.product, storesOf: nil)
                trust.signatures += found.map(\.signature)
            } catch let failure as ReleasesError {
                // Most have none of their own: what is mirrored, and signed, is the list.
                if failure.code == .signatureNotFound { continue }
                guard failure.code != .signatureStoreUnavailable else {
                    trust.notices.append(
                        "release \(release.name): whether its parts are signed one by one is not known: \(failure.reason)"
                    )
                    return
                }
                trust.notices.append(
                    "release \(release.name): the signature of its part \(child.digest) is left out: \(failure.reason)"
                )
            }
        }
    }
}

extension WantedRelease {
    /// Refuses a payload that is of another version than the update graph says.
    fileprivate func check(version: String) throws {
        guard let listing else { return }
        // Payloads for several architectures may add a word of their own behind the number.
        let stem = version.prefix { $0 != "+" && $0 != "-" }
        let wanted = listing.version.description.prefix { $0 != "+" && $0 != "-" }
        guard stem == wanted else {
            throw ReleasesError(
                .versionMismatch,
                reference: payload,
                reason: "the update graph calls it \(listing.version), and it calls itself \(version); "
                    + "the graph or the payload is not to be trusted"
            )
        }
    }
}

extension ReleasesError.Code {
    /// The update graph and the payload name different versions.
    package static let versionMismatch = ReleasesError.Code("versionMismatch")
}
