package import OCIModel
package import SemanticVersion

/// A release that is to be mirrored: one that the configuration names itself, or one that the update graph gives.
package struct WantedRelease: Hashable, Sendable {
    /// Its payload, with a tag or digest; with a digest when the update graph gives it.
    package let payload: ImageReference
    /// The product; decides which keys may have signed it.
    package let product: ReleaseProduct
    /// What the update graph says of it; nil when the configuration names it.
    package let listing: Listing?

    /// What the update graph says of a release.
    package struct Listing: Hashable, Sendable {
        /// The version.
        package let version: SemanticVersion
        /// The architecture in the update service's words.
        package let architecture: String
        /// Why it is wanted, for people.
        package let reasons: [String]
    }

    /// Takes a release that the configuration names.
    ///
    /// Repositories of the community distribution are known by a part of their path, `okd`.
    package init(pinned payload: ImageReference) {
        self.payload = payload
        let isCommunity = payload.repository.path.components.contains { $0 == "okd" || $0.hasPrefix("okd-") }
        product = isCommunity ? .okd : .ocp
        listing = nil
    }

    /// Takes a release that the update graph gives.
    package init(_ release: SelectedRelease) {
        payload = release.payload
        product = release.product
        listing = Listing(version: release.version, architecture: release.architecture, reasons: release.reasons)
    }

    /// Whether the configuration names it itself.
    package var isPinned: Bool { listing == nil }

    /// How messages call it.
    package var name: String { listing.map { "\($0.version) (\($0.architecture))" } ?? payload.description }
}
