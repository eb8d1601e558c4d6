package import ImageStorage
package import OCIModel

/// Opens the images of a release wherever they are.
package struct ComponentImages: Sendable {
    private let release: ImageReference
    private let places: ComponentPlaces
    private let sources: any ImageSourceProvider
    private let platform: Platform

    /// Joins the parts.
    ///
    /// - Parameters:
    ///   - release: the release in the user's words, for messages.
    ///   - places: where to look.
    ///   - sources: the stores.
    ///   - platform: which child of a list is opened.
    package init(
        of release: ImageReference,
        at places: ComponentPlaces,
        from sources: any ImageSourceProvider,
        platform: Platform
    ) {
        self.release = release
        self.places = places
        self.sources = sources
        self.platform = platform
    }

    /// Opens an image; of a list, the child for the platform.
    ///
    /// - Parameters:
    ///   - component: which.
    ///   - needsPlatform: whether a list without a child for the platform is a failure; else another child stands in.
    /// - Returns: the image.
    /// - Throws: `ReleasesError.componentMissing` when it is nowhere, with everything that was tried; `.noImage`,
    ///   `.platformMissing`, `.indexTooDeep`; `CancellationError`.
    package func open(_ component: ReleaseComponent, needsPlatform: Bool = false) async throws -> ComponentImage {
        var tried: [String] = []
        var failure: (any Error)?
        for repository in places.repositories(of: component) {
            do {
                let source = try sources.source(for: repository.registry)
                if let document = try await source.manifest(.digest(component.digest), in: repository.path) {
                    return try await image(component, document, repository, source, needsPlatform: needsPlatform)
                }
                tried.append("\(repository) does not have it")
            } catch let error as ReleasesError where error.code != .manifestMissing && error.code != .storage {
                // It is in the bytes, which are the same everywhere.
                throw error
            } catch {
                try Task.checkCancellation()
                // A mirror that does not let us in, or has a list without its children, must not hide the next place.
                tried.append("\(repository): \(error)")
                failure = failure ?? error
            }
        }
        throw ReleasesError(
            .componentMissing,
            reference: release,
            reason: "its image \(component.name) (\(component.digest)) cannot be opened: "
                + tried.joined(separator: "; "),
            underlying: failure
        )
    }

    private func image(
        _ component: ReleaseComponent,
        _ document: ManifestDocument,
        _ repository: Repository,
        _ source: any ImageSource,
        needsPlatform: Bool
    ) async throws -> ComponentImage {
        let finder = PayloadImageFinder(
            source: source,
            repository: repository.path,
            reference: component.reference,
            platform: platform,
            maximumDepth: ReleasePayloadLimits().indexDepth,
            needsPlatform: needsPlatform
        )
        let image: PayloadImage
        do {
            image = try await finder.find(document)
        } catch let error as ReleasesError {
            throw ReleasesError(
                error.code,
                reference: release,
                reason: "its image \(component.name): \(error.reason)",
                underlying: error.underlying
            )
        }
        return ComponentImage(
            component: component,
            repository: repository,
            digest: image.digest,
            config: image.config,
            layers: image.layers
        )
    }
}

/// An image of a release that was found.
package struct ComponentImage: Hashable, Sendable {
    /// Which one it is.
    package let component: ReleaseComponent
    /// Where it was found.
    package let repository: Repository
    /// The digest of the image, which is not the component's when that is a list.
    package let digest: Digest
    /// Its config.
    package let config: Descriptor
    /// Its layers, from the lowest up.
    package let layers: [Descriptor]

    /// Config and layers.
    package var blobs: [Descriptor] { [config] + layers }
}

extension ReleasesError.Code {
    /// An image of a release is at none of the places where it may be.
    package static let componentMissing = ReleasesError.Code("componentMissing")
    /// A list has no image for the wanted platform.
    package static let platformMissing = ReleasesError.Code("platformMissing")
}
