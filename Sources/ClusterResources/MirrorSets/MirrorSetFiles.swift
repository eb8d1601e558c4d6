import OCIModel

/// Makes the files that tell a cluster where its images are: ImageDigestMirrorSet and ImageTagMirrorSet.
///
/// https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/images/image-configuration
package enum MirrorSetFiles {
    /// The name of the file of ImageDigestMirrorSets.
    package static let digestFileName = "idms-oc-mirror.yaml"
    /// The name of the file of ImageTagMirrorSets.
    package static let tagFileName = "itms-oc-mirror.yaml"

    /// The files for a set of images: none, one or both; a kind without rules has no file.
    ///
    /// A pure function: the same images in any order give the same bytes. Every image that is passed is found by the
    /// rules under the tag or digest that its origin has; where that needs a rule for one repository beside the one
    /// for its namespace, there is one.
    ///
    /// - Parameters:
    ///   - images: what was proven to be at its destination; the whole set, not an increment.
    ///   - limitsNestedPaths: whether `--max-nested-paths` shortened destinations; then all rules have the scope of
    ///     one repository.
    ///   - author: who makes them, for the annotations.
    /// - Returns: the files, `idms-oc-mirror.yaml` first.
    /// - Throws: `ClusterResourcesError.originWithoutVersion`, `.contradictoryImages`, `.unsupportedHost`; `.emission`
    ///   when YAML cannot be made.
    package static func make(
        for images: [MirroredImage],
        limitsNestedPaths: Bool = false,
        author: ResourceAuthor
    ) throws(ClusterResourcesError) -> [ResourceFile] {
        try check(images)
        let rules = MirrorRuleSet(images, limitsNestedPaths: limitsNestedPaths)
        var files: [ResourceFile] = []
        for kind in MirrorSetKind.allCases {
            let objects = MirrorSetGroup.allCases.compactMap { object(rules, kind, $0, author) }
            guard !objects.isEmpty else { continue }
            files.append(try ResourceFile(name: kind.fileName, yaml: objects))
        }
        return files
    }

    private static func object(
        _ rules: MirrorRuleSet,
        _ kind: MirrorSetKind,
        _ group: MirrorSetGroup,
        _ author: ResourceAuthor
    ) -> KubernetesObject? {
        let entries = rules.entries(kind, group)
        guard !entries.isEmpty else { return nil }
        let mirrors = entries.map { entry in
            ResourceValue.map([
                "mirrors": .list(entry.mirrors.map { .string($0) }),
                "source": .string(entry.source),
            ])
        }
        return KubernetesObject(
            apiVersion: "config.openshift.io/v1",
            kind: kind.objectKind,
            name: "\(kind.namePrefix)-\(group.rawValue)-0",
            author: author,
            members: ["spec": .map([kind.listName: .list(mirrors)])]
        )
    }
}

extension MirrorSetFiles {
    /// Refuses images for which no rule is right.
    private static func check(_ images: [MirroredImage]) throws(ClusterResourcesError) {
        var owners: [String: MirroredImage] = [:]
        for image in images {
            guard image.origin.tag != nil || image.origin.digest != nil else {
                throw ClusterResourcesError(
                    .originWithoutVersion,
                    subject: image.origin,
                    message: "image \(image.origin) has neither a tag nor a digest, so no mirror rule can serve it; "
                        + "write the tag in the configuration"
                )
            }
            try checkHost(image.origin.repository.registry, of: image)
            try checkHost(image.destination.registry, of: image)
            for tag in image.tags {
                try claim("\(image.destination):\(tag)", for: image, in: &owners)
            }
            // A pull by tag tries all mirrors of its source, so two of them must not hold the tag with other content.
            if let tag = image.origin.tag, image.tags.contains(tag) {
                try claim("a pull of \(image.origin.repository):\(tag)", for: image, in: &owners)
            }
        }
    }

    private static func claim(
        _ name: String,
        for image: MirroredImage,
        in owners: inout [String: MirroredImage]
    ) throws(ClusterResourcesError) {
        guard let digest = image.digest else { return }
        guard let other = owners[name], let otherDigest = other.digest, digest != otherDigest else {
            owners[name] = image
            return
        }
        let pair = [(image, digest), (other, otherDigest)]
            .map { "\($0.0.origin) (\($0.1.short), at \($0.0.destination))" }
            .sorted()
        throw ClusterResourcesError(
            .contradictoryImages,
            subject: image.origin,
            message: "\(name) would mean two different images, \(pair[0]) and \(pair[1]); "
                + "give one of them another targetRepo or targetTag"
        )
    }

    /// The patterns of both resources know host names and IPv4 addresses only.
    private static func checkHost(
        _ registry: RegistryName,
        of image: MirroredImage
    ) throws(ClusterResourcesError) {
        guard registry.text.hasPrefix("[") else { return }
        throw ClusterResourcesError(
            .unsupportedHost,
            subject: registry,
            message: "image \(image.origin): clusters take no IPv6 address in a mirror rule, "
                + "so \(registry) needs a host name"
        )
    }
}

extension MirrorSetKind {
    /// The file that holds the objects of the kind.
    fileprivate var fileName: String {
        switch self {
        case .digest: MirrorSetFiles.digestFileName
        case .tag: MirrorSetFiles.tagFileName
        }
    }

    fileprivate var objectKind: String {
        switch self {
        case .digest: "ImageDigestMirrorSet"
        case .tag: "ImageTagMirrorSet"
        }
    }

    fileprivate var namePrefix: String {
        switch self {
        case .digest: "idms"
        case .tag: "itms"
        }
    }

    fileprivate var listName: String {
        switch self {
        case .digest: "imageDigestMirrors"
        case .tag: "imageTagMirrors"
        }
    }
}
