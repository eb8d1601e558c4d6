package import OCIModel

/// Finds tags that two different images want.
package enum CollisionCheck {
    private struct Place: Hashable {
        let repository: RepositoryPath
        let tag: Tag
    }

    /// Checks where the images of a plan land.
    ///
    /// - Parameters:
    ///   - images: the images.
    ///   - repository: the repository that a planned destination is stored in.
    /// - Throws: `MirrorPlanError.destinationCollision` that names both images; what `repository` throws.
    package static func check(
        _ images: [PlannedImage],
        repository: (RepositoryPath) throws -> RepositoryPath
    ) throws {
        var taken: [Place: PlannedImage] = [:]
        for image in images {
            for tag in image.tags {
                let place = Place(repository: try repository(image.destination), tag: tag)
                guard let other = taken.updateValue(image, forKey: place), other.digest != image.digest else {
                    continue
                }
                throw MirrorPlanError(
                    .destinationCollision,
                    subject: "\(place.repository):\(tag)",
                    message: "\(other.origin) and \(image.origin) are different images and would both be stored as "
                        + "\(place.repository):\(tag)\(cause(other, image)) give one of them a targetRepo or targetTag"
                )
            }
        }
    }

    /// Why paths that the plan keeps apart come to one.
    private static func cause(_ one: PlannedImage, _ other: PlannedImage) -> String {
        guard one.destination != other.destination else { return ";" }
        return ", since --max-nested-paths makes one path of \(one.destination) and \(other.destination): allow more "
            + "components, or"
    }
}
