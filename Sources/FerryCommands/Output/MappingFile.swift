import MirrorPlan
import OCIModel

/// The lines of `mapping.txt` and `missing.txt`: `source=destination`, both with transport.
enum MappingFile {
    /// One line per tag of each image, or per image when it has no tag.
    ///
    /// - Parameters:
    ///   - images: the images, in the order of the lines.
    ///   - destination: the text in front of `:tag` or `@digest` for a planned destination.
    /// - Returns: the bytes of the file.
    /// - Throws: what `destination` throws.
    static func lines(
        _ images: [PlannedImage],
        destination: (RepositoryPath) throws -> String
    ) throws -> [UInt8] {
        var text = ""
        for image in images {
            let repository = try destination(image.destination)
            let source = image.attachedTo == nil ? image.origin : image.pinnedSource
            let places = image.tags.isEmpty ? ["@\(image.digest)"] : image.tags.map { ":\($0)" }
            for place in places { text += "docker://\(source)=\(repository)\(place)\n" }
        }
        return Array(text.utf8)
    }
}
