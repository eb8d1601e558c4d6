package import OCIModel

/// Makes the object that tells the operator of the update service what to serve.
///
/// https://github.com/openshift/cincinnati-operator/blob/master/docs/disconnected-updates.md
package enum UpdateServiceFile {
    /// The name of the file.
    package static let name = "updateService.yaml"

    /// The file.
    ///
    /// - Parameters:
    ///   - graphDataImage: the graph data image as it lies in the mirror, with tag or digest.
    ///   - releases: the repository of the mirror that holds the release payloads.
    ///   - author: who makes it, for the annotations.
    /// - Returns: `updateService.yaml` with one UpdateService.
    /// - Throws: `ClusterResourcesError.imageWithoutVersion`; `.emission`.
    package static func make(
        graphDataImage: ImageReference,
        releases: Repository,
        author: ResourceAuthor
    ) throws(ClusterResourcesError) -> ResourceFile {
        guard graphDataImage.manifestReference != nil else {
            throw ClusterResourcesError(
                .imageWithoutVersion,
                subject: graphDataImage,
                message:
                    "the graph data image \(graphDataImage) has neither a tag nor a digest, so no cluster can pull "
                    + "it; name the one that it was mirrored under"
            )
        }
        let object = KubernetesObject(
            apiVersion: "updateservice.operator.openshift.io/v1",
            kind: "UpdateService",
            name: "update-service-oc-mirror",
            namespace: "openshift-update-service",
            author: author,
            members: [
                "spec": .map([
                    "graphDataImage": .string(graphDataImage.description),
                    "releases": .string(releases.description),
                    // With two, one stays up while nodes are drained.
                    "replicas": .integer(2),
                ])
            ]
        )
        return try ResourceFile(name: name, yaml: [object])
    }
}
