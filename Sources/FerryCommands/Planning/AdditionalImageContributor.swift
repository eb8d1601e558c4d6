import ImageSetConfig
import ImageStorage
import MirrorPlan
import OCIModel

/// Asks for the images that a configuration names one by one.
struct AdditionalImageContributor: PlanContributor {
    let images: [AdditionalImage]

    /// Needs no source: destination and tag follow from the text, by the rules of oc-mirror.
    ///
    /// The path is `targetRepo` or the path as written; the tag is `targetTag`, the tag as written, or `sha256-<hex>`.
    func contribute(reading sources: any ImageSourceProvider) async throws -> Contribution {
        var contribution = Contribution()
        for (index, image) in images.enumerated() {
            guard case .registry(let reference) = image.source else { continue }
            let reason = Reason.additionalImage(index: index, line: image.place.location.line)
            do {
                contribution.requests.append(try request(image, reference: reference, reason: reason))
            } catch {
                contribution.failures.append(
                    PlanFailure(origin: reference, kind: .additional, reason: reason, cause: error)
                )
            }
        }
        return contribution
    }

    private func request(_ image: AdditionalImage, reference: ImageReference, reason: Reason) throws -> ImageRequest {
        ImageRequest(
            origin: reference,
            source: reference,
            destination: try image.targetRepo ?? ImageReference.writtenPath(of: image.name),
            tags: try [image.targetTag ?? reference.tag ?? reference.digest.map { try Tag(digest: $0) }].compactMap {
                $0
            },
            kind: .additional,
            reason: reason,
            platforms: image.platforms
        )
    }
}
