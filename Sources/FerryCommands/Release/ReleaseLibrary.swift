import ImageStorage
import MediaSet
import MirrorPlan
import OCIModel
import Releases

/// Finds releases and their images, in registries or in a media set.
struct ReleaseLibrary: Sendable {
    /// The registries, or the set in their place.
    let sources: any ImageSourceProvider
    /// The set that is looked into; nil for registries.
    let set: OpenedSet?
    /// Which image of a list is opened; nil when the user has not said.
    let platform: Platform?
    /// Where the user wants images to be looked for first.
    let mirrors: [Repository]

    private let reader = ReleasePayloadReader()

    /// Joins the parts.
    init(sources: any ImageSourceProvider, set: OpenedSet?, platform: Platform?, mirrors: [Repository]) {
        self.sources = sources
        self.set = set
        self.platform = platform
        self.mirrors = mirrors
    }

    /// A release that was found.
    struct Found: Sendable {
        /// The release in the user's words; in a set, as the set has it.
        let reference: ImageReference
        /// Its manifest or list.
        let document: ManifestDocument
        /// The store that has it.
        let source: any ImageSource
    }

    /// Finds a release.
    ///
    /// - Parameter text: a reference with tag or digest. For a set also a tag or a version alone, and nil for the only
    ///   release that it has.
    /// - Returns: the release.
    /// - Throws: `FerryError` when there is none, or the text does not say which; `OCIModelError`; what stores throw.
    func find(_ text: String?) async throws -> Found {
        if let set { return try await find(text, in: set) }
        guard let text else {
            throw FerryError("name a release, such as quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64")
        }
        let reference = try ImageReference(text)
        guard let manifest = reference.manifestReference else {
            throw FerryError("\(reference) needs a tag or a digest: which release is meant?")
        }
        let source = try sources.source(for: reference.repository.registry)
        guard let document = try await source.manifest(manifest, in: reference.repository.path) else {
            throw FerryError("there is no release \(reference): the registry has no such tag or digest")
        }
        return Found(reference: reference, document: document, source: source)
    }

    private func find(_ text: String?, in set: OpenedSet) async throws -> Found {
        let releases = set.plan.images.filter { $0.kind == .release && $0.attachedTo == nil }
        let list = releases.map { "\($0.origin)" }.sorted().prefix(20).joined(separator: ", ")
        guard !releases.isEmpty else { throw FerryError("media set \(set.reader.set) has no release in it") }
        let matches = releases.filter { release in text.map { Self.matches(release, $0) } ?? true }
        guard let release = matches.first else {
            throw FerryError(
                "media set \(set.reader.set) has no release \(PrintableText.of(text ?? "")); it has \(list)"
            )
        }
        guard Set(matches.map(\.digest)).count == 1 else {
            throw FerryError("media set \(set.reader.set) has several releases; name one of \(list)")
        }
        let source = try sources.source(for: release.source.registry)
        guard let document = try await source.manifest(.digest(release.digest), in: release.source.path) else {
            throw FerryError("media set \(set.reader.set) lacks \(release.digest): make it again", exitCode: 32)
        }
        return Found(reference: release.origin, document: document, source: source)
    }

    /// Whether a text means a release of a set: its reference, its tag there or at the destination, its digest, or the
    /// version in the tag.
    private static func matches(_ release: PlannedImage, _ text: String) -> Bool {
        let bare = text.hasPrefix("docker://") ? String(text.dropFirst("docker://".count)) : text
        let tags = Set(release.tags.map(\.text) + [release.origin.tag?.text].compactMap(\.self))
        let places = [release.origin.description, release.pinnedSource.description, release.digest.description]
        return places.contains(bare) || tags.contains(bare) || bare.hasSuffix("@\(release.digest)")
            || tags.contains { $0.hasPrefix("\(bare)-") && !$0.dropFirst(bare.count + 1).contains("-") }
    }

    /// Reads everything that a release says of itself.
    ///
    /// - Throws: `FerryError` when it is for another platform than the user wants; `ReleasesError`; `CancellationError`.
    func inspect(_ found: Found) async throws -> ReleaseInspection {
        let release = try await reader.inspect(
            found.document,
            of: found.reference,
            from: found.source,
            platform: platform
        )
        if let platform, platform.os != release.os || platform.architecture != release.payload.architecture {
            throw FerryError(
                "release \(found.reference) has no image for \(platform); one that it has is for "
                    + "\(release.os)/\(release.payload.architecture)"
            )
        }
        return release
    }

    /// Reads files below `release-manifests`.
    ///
    /// - Throws: `ReleasesError`; `CancellationError`.
    func files(_ files: PayloadFiles, of found: Found) async throws -> [String: [UInt8]] {
        try await reader.files(
            files,
            of: found.document,
            found.reference,
            in: found.reference.repository.path,
            from: found.source,
            platform: platform
        )
    }

    /// Opens the images of a release.
    ///
    /// - Parameter release: the release.
    /// - Returns: its images for the platform of the opened payload.
    /// - Throws: `OCIModelError` when the payload's config names a platform that is none.
    func components(of release: ReleaseInspection) throws -> ComponentImages {
        ComponentImages(
            of: release.reference,
            at: ComponentPlaces(payload: release.reference.repository, mirrors: mirrors),
            from: sources,
            platform: try Platform(os: release.os, architecture: release.payload.architecture)
        )
    }
}
