/// The keys of one kind of object in a configuration.
struct ObjectSchema: Sendable {
    /// Where objects of this kind stand, indices left out: `mirror.operators[].packages[]`.
    let place: String
    /// The keys, in canonical spelling.
    let keys: [String]

    /// A file of kind ImageSetConfiguration.
    static let imageSet = ObjectSchema(place: "", keys: ["kind", "apiVersion", "archiveSize", "mirror"])
    /// A file of kind DeleteImageSetConfiguration.
    static let deleteImageSet = ObjectSchema(place: "", keys: ["kind", "apiVersion", "delete"])
    /// The stanza `mirror`.
    static let mirror = ObjectSchema(
        place: "mirror",
        keys: ["platform", "operators", "additionalImages", "blockedImages", "helm", "samples"]
    )
    /// The stanza `delete`.
    static let delete = ObjectSchema(
        place: "delete",
        keys: ["platform", "operators", "additionalImages", "helm", "samples"]
    )
    /// The section `platform`.
    static let platform = ObjectSchema(
        place: "mirror.platform",
        keys: ["graph", "channels", "architectures", "platforms", "release", "kubeVirtContainer"]
    )
    /// A release channel.
    static let releaseChannel = ObjectSchema(
        place: "mirror.platform.channels[]",
        keys: ["name", "type", "minVersion", "maxVersion", "shortestPath", "full"]
    )
    /// An operating system and architecture.
    static let platformFilter = ObjectSchema(place: "platforms[]", keys: ["os", "architecture"])
    /// An operator catalog.
    static let catalog = ObjectSchema(
        place: "mirror.operators[]",
        keys: [
            "catalog", "full", "packages", "targetCatalog", "targetTag", "targetCatalogSourceTemplate",
            "skipDependencies", "platforms",
        ]
    )
    /// A package of a catalog.
    static let package = ObjectSchema(
        place: "mirror.operators[].packages[]",
        keys: ["name", "defaultChannel", "minVersion", "maxVersion", "channels"]
    )
    /// A channel of a package.
    static let packageChannel = ObjectSchema(
        place: "mirror.operators[].packages[].channels[]",
        keys: ["name", "minVersion", "maxVersion"]
    )
    /// An additional image.
    static let additionalImage = ObjectSchema(
        place: "mirror.additionalImages[]",
        keys: ["name", "targetRepo", "targetTag", "platforms"]
    )
    /// A blocked image.
    static let blockedImage = ObjectSchema(place: "mirror.blockedImages[]", keys: ["name"])
    /// The section `helm`.
    static let helm = ObjectSchema(place: "mirror.helm", keys: ["repositories", "local"])
    /// A chart repository.
    static let helmRepository = ObjectSchema(place: "mirror.helm.repositories[]", keys: ["name", "url", "charts"])
    /// A chart.
    static let helmChart = ObjectSchema(
        place: "mirror.helm.repositories[].charts[]",
        keys: ["name", "version", "path", "imagePaths", "platforms"]
    )
    /// A sample.
    static let sample = ObjectSchema(place: "mirror.samples[]", keys: ["name"])

    /// All kinds of objects.
    static let all = [
        imageSet, mirror, platform, releaseChannel, platformFilter, catalog, package, packageChannel, additionalImage,
        blockedImage, helm, helmRepository, helmChart, sample,
    ]
}
