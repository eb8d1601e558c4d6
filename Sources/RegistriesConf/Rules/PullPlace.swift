package import OCIModel

/// A repository that is really asked, instead of the one that an image's name says.
package struct PullPlace: Hashable, Sendable, CustomStringConvertible {
    /// What it is for the images that are asked for.
    package enum Role: Hashable, Sendable {
        case mirror
        /// The registry itself, perhaps under the name that `location` gives it.
        case primary
    }

    /// Registry and path.
    package let repository: Repository
    /// The one image of it that is meant, whatever was asked for; nil as a rule.
    package let image: ManifestReference?
    /// What it is.
    package let role: Role

    package var description: String { "\(repository)" }
}
