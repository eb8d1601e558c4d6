package import OCIModel
package import SemanticVersion

/// The section `platform`: which OpenShift releases.
package struct PlatformSection: Hashable, Sendable {
    /// Whether the update graph image is wanted.
    package let graph: Bool
    /// The release channels; without effect when ``release`` is set.
    package let channels: [ReleaseChannel]
    /// The architectures as written, in the update service's names; none for the default.
    package let architectures: [String]
    /// Which parts of multi-architecture images to take; none for all.
    package let platforms: [Platform]
    /// One release by reference, with tag or digest.
    package let release: ImageReference?
    /// The release reference as written.
    package let releaseText: String?
    /// Whether the disk image for virtual machines is wanted.
    package let kubeVirtContainer: Bool
    /// Where the section stands.
    package let place: ConfigurationPlace
    /// Where `channels` stands, if it is written.
    package let channelsPlace: ConfigurationPlace?
    /// Where `graph` stands, if it is written.
    package let graphPlace: ConfigurationPlace?
    /// Where `release` stands, if it is set.
    package let releasePlace: ConfigurationPlace?

    /// The architectures to ask the update service for: `multi` when platforms are chosen, else as written, else `amd64`.
    package var requestedArchitectures: [String] {
        if !platforms.isEmpty { return ["multi"] }
        return architectures.isEmpty ? ["amd64"] : architectures
    }
}

/// One channel of releases and which of its versions.
package struct ReleaseChannel: Hashable, Sendable {
    /// The product, which decides over the update service.
    package enum Product: String, Sendable {
        /// OpenShift Container Platform.
        case ocp
        /// The community distribution.
        case okd
    }

    /// The channel's name, `stable-4.18`; unique in the file.
    package let name: String
    /// The product.
    package let product: Product
    /// The lowest version wanted.
    package let minimum: SemanticVersion?
    /// The highest version wanted.
    package let maximum: SemanticVersion?
    /// Whether only the shortest update path from the lowest to the highest version is wanted.
    package let shortestPath: Bool
    /// Whether the whole channel is wanted when no version is given.
    package let full: Bool
    /// Where the channel stands.
    package let place: ConfigurationPlace
}
