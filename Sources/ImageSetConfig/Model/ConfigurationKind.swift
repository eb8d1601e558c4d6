/// Which of the two kinds a configuration file is.
package enum ConfigurationKind: String, Sendable, CaseIterable {
    /// What to mirror.
    case imageSet = "ImageSetConfiguration"
    /// What to delete from a mirror.
    case deleteImageSet = "DeleteImageSetConfiguration"

    /// The key under which everything stands: `mirror` or `delete`.
    package var stanza: String {
        switch self {
        case .imageSet: "mirror"
        case .deleteImageSet: "delete"
        }
    }

    /// The other kind.
    var other: ConfigurationKind { self == .imageSet ? .deleteImageSet : .imageSet }
}
