import Hummingbird

/// The name of a header field.
typealias HeaderName = HTTPFields.Element.Name

extension HeaderName {
    /// Says that the registry speaks version 2 of the API.
    static let apiVersion = header("Docker-Distribution-API-Version")
    /// The digest of a manifest or blob.
    static let contentDigest = header("Docker-Content-Digest")
    /// The name of an upload session.
    static let uploadID = header("Docker-Upload-UUID")
    /// The subject of a manifest that was taken as a referrer.
    static let subject = header("OCI-Subject")
    /// The filters that a referrers list was made with.
    static let filtersApplied = header("OCI-Filters-Applied")
    /// The next page of a list.
    static let link = header("Link")

    private static func header(_ name: String) -> HeaderName {
        // The names above are valid; `Server` would only be a harmless wrong one.
        HeaderName(name) ?? .server
    }
}
