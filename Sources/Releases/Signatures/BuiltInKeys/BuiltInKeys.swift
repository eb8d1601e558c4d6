package import OpenPGP

/// The public keys that sign releases, as far as they are known without being told.
package enum BuiltInKeys {
    /// The keys that are trusted for a product's releases unless others are named.
    ///
    /// - Throws: nothing in practice: the keys can be read.
    package static func ring(for product: ReleaseProduct) throws(OpenPGPError) -> KeyRing {
        switch product {
        case .ocp: try KeyRing(decoding: Array(redHat.utf8), name: "the built-in keys of Red Hat")
        case .okd: try KeyRing(decoding: Array(openShiftCI.utf8), name: "the built-in key of openshift-ci")
        }
    }
}
