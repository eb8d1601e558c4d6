import ImageStorage
import OCIModel

/// The image of a payload that is opened.
struct PayloadImage {
    let digest: Digest
    let config: Descriptor
    let layers: [Descriptor]
}

/// Finds the image to open: the payload itself, or a child of its index.
struct PayloadImageFinder {
    let source: any ImageSource
    let repository: RepositoryPath
    let reference: ImageReference
    let platform: Platform
    let maximumDepth: Int
    /// Whether an index without an image for the platform is a failure, instead of another image standing in.
    var needsPlatform = false

    /// Follows an index to an image: the first child for the platform, else the first child that is an image, else
    /// the same in the first child that is an index.
    ///
    /// - Throws: `ReleasesError.noImage`, `.platformMissing`, `.indexTooDeep`, `.manifestMissing`, `.storage`.
    func find(_ document: ManifestDocument) async throws -> PayloadImage {
        var document = document
        for _ in 0...maximumDepth {
            switch document.manifest.content {
            case .image(let config, let layers):
                return PayloadImage(digest: document.digest, config: config, layers: layers)
            case .index(let children):
                document = try await read(try choose(children))
            }
        }
        throw ReleasesError(
            .indexTooDeep,
            reference: reference,
            reason: "its indexes are nested more than \(maximumDepth) deep"
        )
    }

    private func choose(_ children: [Descriptor]) throws -> Descriptor {
        // Attestations stand in indexes as images of the platform unknown/unknown.
        let images = children.filter { $0.mediaType.isImageManifest && $0.platform?.os != "unknown" }
        let match = images.first { $0.platform?.isSelected(by: platform) ?? false }
        if needsPlatform, match == nil, !images.isEmpty {
            let platforms = images.map { $0.platform?.description ?? "unknown" }.joined(separator: ", ")
            throw ReleasesError(
                .platformMissing,
                reference: reference,
                reason: "its index has no image for \(platform), only for \(platforms.prefix(200))"
            )
        }
        let child = match ?? images.first ?? children.first { $0.mediaType.isIndex }
        guard let child else {
            throw ReleasesError(.noImage, reference: reference, reason: "its index has no image in it")
        }
        return child
    }

    private func read(_ child: Descriptor) async throws -> ManifestDocument {
        let found: ManifestDocument?
        do {
            found = try await source.manifest(.digest(child.digest), in: repository)
        } catch {
            throw ReleasesError.wrapping(
                error,
                reference: reference,
                doing: "its manifest \(child.digest) cannot be read"
            )
        }
        guard let found else {
            throw ReleasesError(
                .manifestMissing,
                reference: reference,
                reason: "its index names the manifest \(child.digest), which \(repository) does not have"
            )
        }
        return found
    }
}

extension ReleasesError {
    /// The error for a failed step: cancellation and errors of this module as they are, others with the release named.
    static func wrapping(
        _ error: any Error,
        reference: ImageReference,
        doing step: String,
        code: Code = .storage
    ) -> any Error {
        if error is CancellationError || error is ReleasesError { return error }
        return ReleasesError(code, reference: reference, reason: "\(step): \(error)", underlying: error)
    }
}
