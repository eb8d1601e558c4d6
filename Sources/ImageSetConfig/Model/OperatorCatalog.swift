package import OCIModel
package import SemanticVersion

/// One operator catalog and what of it.
package struct OperatorCatalog: Hashable, Sendable {
    /// The catalog's reference as written.
    package let catalog: String
    /// Where the catalog image is.
    package let source: ImageOrigin
    /// Name that tells this entry from all others: the reference with `targetCatalog` and `targetTag` put in.
    package let uniqueName: String
    /// Whether all versions are wanted instead of channel heads.
    package let full: Bool
    /// The packages wanted; none for all.
    package let packages: [CatalogPackage]
    /// The repository path at the destination, if it is to differ.
    package let targetCatalog: RepositoryPath?
    /// The tag at the destination, if it is to differ.
    package let targetTag: Tag?
    /// A file with a template for the CatalogSource.
    package let targetCatalogSourceTemplate: String?
    /// Which parts of multi-architecture images to take; none for all.
    package let platforms: [Platform]
    /// Where the entry stands.
    package let place: ConfigurationPlace
}

/// One package of a catalog.
package struct CatalogPackage: Hashable, Sendable {
    /// The package's name.
    package let name: String
    /// The default channel to set, if it is to differ.
    package let defaultChannel: String?
    /// The versions wanted of every channel without a range of its own.
    package let versions: VersionRange
    /// The channels wanted; none for all.
    package let channels: [CatalogChannel]
    /// Where the entry stands.
    package let place: ConfigurationPlace
}

/// One channel of a package.
package struct CatalogChannel: Hashable, Sendable {
    /// The channel's name.
    package let name: String
    /// The versions wanted; unbounded to go by the package's range.
    package let versions: VersionRange
    /// Where the entry stands.
    package let place: ConfigurationPlace
}
