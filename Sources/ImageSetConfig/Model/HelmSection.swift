package import OCIModel

/// The section `helm`: charts whose images are mirrored.
package struct HelmSection: Hashable, Sendable {
    /// Charts of repositories.
    package let repositories: [HelmRepository]
    /// Charts in folders or files.
    package let local: [HelmChart]
    /// Where the section stands.
    package let place: ConfigurationPlace
}

/// A chart repository.
package struct HelmRepository: Hashable, Sendable {
    /// The name it goes by.
    package let name: String
    /// The address as written.
    package let url: String
    /// The charts wanted: nil for every chart, empty for none.
    package let charts: [HelmChart]?
    /// Where the entry stands.
    package let place: ConfigurationPlace
}

/// One chart.
package struct HelmChart: Hashable, Sendable {
    /// The chart's name; empty for a local chart without one.
    package let name: String
    /// The version as written; nil for the newest.
    package let version: String?
    /// The folder or file of a local chart.
    package let path: String?
    /// Further places of images in the rendered chart, as JSONPath templates.
    package let imagePaths: [String]
    /// Which parts of multi-architecture images to take; none for all.
    package let platforms: [Platform]
    /// Where the entry stands.
    package let place: ConfigurationPlace
}
