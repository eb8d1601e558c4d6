/// What to mirror, or what to delete from a mirror: a configuration file after decoding and validation.
///
/// Both kinds have the same sections; a delete file has neither `blockedImages` nor `archiveSize`.
package struct ImageSetConfiguration: Hashable, Sendable {
    /// The largest file that is read, in bytes.
    package static let maximumFileBytes = 4 * 1024 * 1024
    /// The size of media volumes when the file names none, in GiB.
    package static let defaultArchiveSizeGiB: Int64 = 500
    /// The largest `archiveSize`, in GiB: more would not fit a 64-bit number of bytes.
    package static let maximumArchiveSizeGiB = Int64.max >> 30

    /// Mirror or delete.
    package let kind: ConfigurationKind
    /// The file as it was read; its bytes make the configuration's digest.
    package let source: ConfigurationSource
    /// The `apiVersion` as written; it has no influence.
    package let apiVersion: String?
    /// The `archiveSize` as written, in GiB, 1 or more; nil when absent or zero.
    package let archiveSizeGiB: Int64?
    /// Where `mirror` or `delete` stands.
    package let place: ConfigurationPlace
    /// The releases, if the section is there.
    package let platform: PlatformSection?
    /// The operator catalogs.
    package let operators: [OperatorCatalog]
    /// Where `operators` stands, if it is written.
    package let operatorsPlace: ConfigurationPlace?
    /// Images by name.
    package let additionalImages: [AdditionalImage]
    /// Patterns of images to leave out.
    package let blockedImages: [BlockedImage]
    /// The Helm charts, if the section is there.
    package let helm: HelmSection?
    /// Where `helm` stands, if it is written.
    package let helmPlace: ConfigurationPlace?

    /// The first pattern that blocks an image, judged by any of the given references; nil when it is not blocked.
    package func blockingPattern(for references: [String]) -> BlockedImage? {
        blockedImages.first { blocked in references.contains { blocked.pattern.matches($0) } }
    }
}

/// A configuration with what the user should know about it.
package struct LoadedConfiguration: Sendable {
    /// The configuration.
    package let configuration: ImageSetConfiguration
    /// Warnings in the order of the file.
    package let warnings: [Diagnostic]
}
