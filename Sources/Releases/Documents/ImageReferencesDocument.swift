import OCIModel

/// The list of a release's images: an OpenShift `ImageStream` as JSON.
struct ImageReferencesDocument {
    /// The name inside `release-manifests`.
    static let fileName = "image-references"

    /// The version of the release, 1 to 128 characters fit for a tag.
    let version: String
    /// The images in the file's order.
    let components: [ReleaseComponent]

    /// Decodes the file strictly.
    ///
    /// - Throws: `ReleasesError.invalidImageReferences` when it is no `ImageStream` of `image.openshift.io/v1`, has no
    ///   version or no images, names an image twice, or has an image that is not a `DockerImage` with a digest.
    init(decoding bytes: [UInt8], reference: ImageReference, maximumComponents: Int) throws {
        func mistake(_ reason: String) -> ReleasesError {
            ReleasesError(
                .invalidImageReferences,
                reference: reference,
                reason: "its \(Self.fileName) is wrong: \(reason)"
            )
        }
        let stream: ImageStream
        do {
            stream = try JSONText.decode(ImageStream.self, from: bytes)
        } catch {
            throw mistake(error.reason)
        }
        guard stream.apiVersion == "image.openshift.io/v1", stream.kind == "ImageStream" else {
            throw mistake("it is a \(stream.kind.prefix(80)) of \(stream.apiVersion.prefix(80)), not an ImageStream")
        }
        guard Self.isTag(stream.metadata.name) else {
            throw mistake("metadata.name, the version, is \"\(stream.metadata.name.prefix(80))\" and not fit for a tag")
        }
        guard !stream.spec.tags.isEmpty, stream.spec.tags.count <= maximumComponents else {
            throw mistake("it has \(stream.spec.tags.count) images; 1 to \(maximumComponents) are expected")
        }
        var names: Set<String> = []
        version = stream.metadata.name
        components = try stream.spec.tags.enumerated().map { index, tag in
            let name = tag.name
            // The name becomes the end of a tag, so it has a tag's characters; the front may be any of them.
            guard !name.isEmpty, Self.isTag("_\(name)") else {
                throw mistake("spec.tags[\(index)].name \"\(name.prefix(80))\" is not fit for a tag")
            }
            guard names.insert(name).inserted else { throw mistake("it has the image \"\(name)\" twice") }
            guard tag.from.kind == "DockerImage" else {
                throw mistake("image \"\(name)\" is a \(tag.from.kind.prefix(80)), not a DockerImage")
            }
            let image: ImageReference
            do {
                image = try ImageReference(tag.from.name)
            } catch {
                throw mistake("image \"\(name)\": \(error)")
            }
            guard let digest = image.digest else {
                throw mistake("image \"\(name)\" is \(image), which has no digest")
            }
            return ReleaseComponent(name: name, reference: image, digest: digest)
        }
    }

    private static func isTag(_ text: String) -> Bool {
        do {
            _ = try Tag(text)
            return true
        } catch {
            return false
        }
    }

    private struct ImageStream: Decodable {
        struct Metadata: Decodable {
            let name: String
        }

        struct Spec: Decodable {
            let tags: [TagReference]
        }

        struct TagReference: Decodable {
            struct From: Decodable {
                let kind: String
                let name: String
            }

            let name: String
            let from: From
        }

        let apiVersion: String
        let kind: String
        let metadata: Metadata
        let spec: Spec
    }
}
