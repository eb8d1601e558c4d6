package import OCIModel

/// Everything that a release says of itself, for people who look into it.
package struct ReleaseInspection: Sendable {
    /// The release in the user's words.
    package let reference: ImageReference
    /// The digest of what the reference names: the image, or the list.
    package let digest: Digest
    /// Whether that is a list of images for several platforms.
    package let isList: Bool
    /// The operating system of the opened image in Go's spelling.
    package let os: String
    /// When the opened image was made, as its config writes it; nil when it does not.
    package let created: String?
    /// How many Kubernetes manifests were found beside the files about the release.
    package let manifestCount: Int
    /// What mirroring would make of the payload.
    package let payload: ReleasePayload
    /// What the images are made of, in the payload's order, as ``ReleasePayload/components``.
    package let origins: [ComponentOrigin]
    /// The versions of what is inside, sorted by name.
    package let versions: [ComponentVersion]
    /// Oddities, one sentence each; nothing that keeps anybody from using the release.
    package let warnings: [String]
    /// The config of the opened image as it is.
    package let config: JSONValue
    /// `image-references` as it is.
    package let references: JSONValue
    /// `release-metadata` as it is; nil when the payload has none.
    package let metadata: JSONValue?

    /// Where to pull the release from: the reference by digest, without its tag.
    package var pullSpec: ImageReference { ImageReference(repository: reference.repository, digest: digest) }

    /// The platform as `oc` writes it, also into binaries: `linux/amd64`, or `multi (linux/amd64)` for a list.
    package var platformText: String {
        let platform = "\(os)/\(payload.architecture)"
        return isList ? "multi (\(platform))" : platform
    }
}

/// What an image of a release was built from, as its annotations tell.
package struct ComponentOrigin: Hashable, Sendable {
    /// The address of the sources; nil when none is told.
    package let source: String?
    /// The commit; nil when none is told.
    package let commit: String?
    /// The list of versions as the annotation has it; nil when there is none.
    package let versions: String?

    /// Takes what the annotations of an image tell; empty texts count as none.
    init(_ annotations: [String: String]) {
        func text(_ key: String) -> String? { annotations[key].flatMap { $0.isEmpty ? nil : $0 } }
        source = text("io.openshift.build.source-location")
        commit = text("io.openshift.build.commit.id")
        versions = text(ComponentVersionCollection.versionsKey)
    }
}
