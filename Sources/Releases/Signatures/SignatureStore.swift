package import HTTPTransport
import OCIModel

/// A place where signatures of releases lie.
///
/// Stores have signatures of a digest as `sha256=<hex>/signature-1`, `signature-2` and so on, up to the first number that
/// is not there.
package struct SignatureStore: Hashable, Sendable, CustomStringConvertible {
    /// What kind of place it is.
    package enum Place: Hashable, Sendable {
        /// Below a URL, which has neither query nor slash at its end.
        case web(HTTPURL)
        /// Below a folder, given by its absolute path.
        case folder(String)
        /// Files in a folder whose names contain the hexadecimal digits of the digest, `<tag>-sha256-<hex>` as a rule.
        case collection(String)
    }

    /// The most signatures of one digest that a store is asked for.
    static let maximumSignatures = 32

    /// Where it is.
    package let place: Place

    /// Takes an address: `https://…`, `http://…`, or `file://` and an absolute path.
    ///
    /// White space around it and slashes at its end mean nothing.
    ///
    /// - Throws: `ReleasesError.invalidSignatureStore` for anything else, and for addresses with user names, queries or
    ///   fragments.
    package init(_ text: some StringProtocol) throws(ReleasesError) {
        var address = Substring(text).drop { $0.isWhitespace }
        while let last = address.last, last.isWhitespace || last == "/" { address.removeLast() }
        guard !address.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Self.mistake(text, "is not an address: it has control characters")
        }
        if address.hasPrefix("file:/") || address == "file:" {
            // Of file:/// the slashes at the end are gone by now; the root is no place for signatures.
            guard address.hasPrefix("file:///") else {
                throw Self.mistake(text, "needs an absolute path, file:///DIR")
            }
            place = .folder(String(address.dropFirst("file://".count)))
            return
        }
        guard !address.contains("?"), !address.contains("#") else {
            throw Self.mistake(text, "is not an address below which files lie: it has a query or a fragment")
        }
        do {
            place = .web(try HTTPURL(address))
        } catch {
            guard address.contains("://") else {
                throw Self.mistake(text, "is not an address: https://…, http://… or file:///DIR is needed")
            }
            throw Self.mistake(text, error.reason)
        }
    }

    private init(_ place: Place) { self.place = place }

    /// A folder of signatures that were kept, as `working-dir/signatures` is; it need not exist.
    package static func collection(_ folder: String) -> SignatureStore { SignatureStore(.collection(folder)) }

    /// Whether no network is needed.
    package var isLocal: Bool {
        switch place {
        case .web: false
        case .folder, .collection: true
        }
    }

    /// The address.
    package var description: String {
        switch place {
        case .web(let url): url.path == "/" ? url.origin.description : url.description
        case .folder(let path): "file://\(path)"
        case .collection(let path): path
        }
    }

    /// Where the signatures of a digest lie, relative to the store.
    static func folder(of digest: Digest) -> String { "\(digest.algorithm.rawValue)=\(digest.hex)" }

    private static func mistake(_ text: some StringProtocol, _ reason: String) -> ReleasesError {
        // A password in front of the host is not repeated.
        let shown = text.contains("@") ? "(an address with a user name)" : String(text.prefix(200))
        return ReleasesError(.invalidSignatureStore, reference: "\"\(shown)\"", reason: reason)
    }
}

extension SignatureStore {
    /// The stores that are asked unless others are named.
    ///
    /// - Parameter product: whose releases.
    /// - Returns: the stores in order.
    /// - Throws: nothing in practice: the addresses are valid.
    package static func defaults(for product: ReleaseProduct) throws(ReleasesError) -> [SignatureStore] {
        switch product {
        case .ocp:
            // Those that clusters ask, by the verification ConfigMap in the payloads.
            [
                try SignatureStore("https://mirror.openshift.com/pub/openshift-v4/signatures/openshift/release"),
                try SignatureStore(
                    "https://storage.googleapis.com/openshift-release/official/signatures/openshift/release"
                ),
            ]
        case .okd:
            [
                try SignatureStore(
                    "https://storage.googleapis.com/openshift-ci-release/releases/signatures/openshift/release"
                )
            ]
        }
    }
}
