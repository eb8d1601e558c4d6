package import OCIModel

/// Where the images of one release go, below the destination's own path.
///
/// The names are those of oc-mirror, so that a cluster that was served by it is served by Ferry.
package struct ReleaseDestination: Hashable, Sendable {
    /// The tag of the payload, and the front of the tags of its components.
    package let releaseTag: Tag
    /// The repository of payloads, `openshift/release-images`.
    package let payloadRepository: RepositoryPath
    /// The repository of components, `openshift/release`.
    package let componentRepository: RepositoryPath

    /// Where all payloads go.
    static var payloadPlace: RepositoryPath {
        get throws(OCIModelError) { try RepositoryPath("openshift/release-images") }
    }

    /// Takes the release's tag, such as `4.18.1-x86_64`.
    ///
    /// - Throws: nothing that happens: the fixed paths are valid.
    package init(releaseTag: Tag) throws(OCIModelError) {
        self.releaseTag = releaseTag
        payloadRepository = try Self.payloadPlace
        componentRepository = try RepositoryPath("openshift/release")
    }

    /// Takes the reference of a payload: its tag, or with a digest alone the bare hex digits of that.
    ///
    /// - Throws: `OCIModelError.invalidReference` when it has neither.
    package init(payload: ImageReference) throws(OCIModelError) {
        if let tag = payload.tag {
            try self.init(releaseTag: tag)
        } else if let digest = payload.digest {
            try self.init(releaseTag: Tag(digest.hex))
        } else {
            throw OCIModelError(
                .invalidReference,
                subject: payload.description,
                reason: "names a release without tag and digest"
            )
        }
    }

    /// The tag of a component or KubeVirt image in ``componentRepository``.
    ///
    /// - Throws: `OCIModelError.invalidTag` when the name makes it longer than a tag may be.
    package func tag(ofComponent name: String) throws(OCIModelError) -> Tag {
        try Tag("\(releaseTag.text)-\(name)")
    }
}
