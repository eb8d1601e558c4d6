import Foundation
package import OCIModel

/// What a request is about, parsed from its path.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
package enum RegistryRoute: Hashable, Sendable {
    /// The endpoint `/v2/`.
    case base
    /// The endpoint `/v2/_catalog`.
    case catalog
    /// The endpoint `/v2/<name>/tags/list`.
    case tags(RepositoryPath)
    /// The endpoint `/v2/<name>/manifests/<reference>`.
    case manifest(ManifestReference, RepositoryPath)
    /// The endpoint `/v2/<name>/blobs/<digest>`.
    case blob(Digest, RepositoryPath)
    /// The endpoint `/v2/<name>/blobs/uploads/`.
    case uploads(RepositoryPath)
    /// The endpoint `/v2/<name>/blobs/uploads/<session>`; only the store knows which sessions there are.
    case upload(String, RepositoryPath)
    /// The endpoint `/v2/<name>/referrers/<digest>`.
    case referrers(Digest, RepositoryPath)

    /// The repository, in all but the first two.
    package var repository: RepositoryPath? {
        switch self {
        case .base, .catalog: nil
        case .tags(let repository), .manifest(_, let repository), .blob(_, let repository), .uploads(let repository),
            .upload(_, let repository), .referrers(_, let repository):
            repository
        }
    }

    /// The methods that the endpoint takes, as an `Allow` header lists them.
    ///
    /// https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.6
    func methods(isReadOnly: Bool) -> String {
        switch self {
        case .base, .catalog, .tags, .referrers: "GET, HEAD"
        case .manifest: isReadOnly ? "GET, HEAD" : "GET, HEAD, PUT, DELETE"
        case .blob: isReadOnly ? "GET, HEAD" : "GET, HEAD, DELETE"
        case .uploads: isReadOnly ? "" : "POST"
        case .upload: isReadOnly ? "" : "GET, PATCH, PUT, DELETE"
        }
    }

    /// Parses a path without query.
    ///
    /// Repository names may hold any of the marker words, so a path is read from its end.
    ///
    /// - Throws: `RegistryProblem` that says which part is at fault.
    init(path: String) throws(RegistryProblem) {
        guard path == "/v2" || path.hasPrefix("/v2/") else { throw .notFound }
        var parts = path.dropFirst("/v2".count).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { $0.removingPercentEncoding ?? String($0) }
        // `/v2`, `/v2/` and the slash at the end of `uploads/`.
        if parts.last == "" { parts.removeLast() }
        guard let last = parts.last else {
            self = .base
            return
        }
        if parts == ["_catalog"] {
            self = .catalog
            return
        }
        let name = { (dropped: Int) throws(RegistryProblem) in try Self.repository(parts.dropLast(dropped)) }
        switch (parts.dropLast().last, last) {
        case ("tags", "list") where parts.count > 2:
            self = .tags(try name(2))
        case ("manifests", _) where parts.count > 2:
            let repository = try name(2)
            self = .manifest(try Self.reference(last), repository)
        case ("referrers", _) where parts.count > 2:
            let repository = try name(2)
            self = .referrers(try Self.digest(last), repository)
        case ("blobs", "uploads") where parts.count > 2:
            self = .uploads(try name(2))
        case ("uploads", _) where parts.count > 3 && parts[parts.count - 3] == "blobs":
            self = .upload(last, try name(3))
        case ("blobs", _) where parts.count > 2:
            let repository = try name(2)
            self = .blob(try Self.digest(last), repository)
        default: throw .notFound
        }
    }

    private static func repository(_ parts: ArraySlice<String>) throws(RegistryProblem) -> RepositoryPath {
        do {
            return try RepositoryPath(parts.joined(separator: "/"))
        } catch {
            throw RegistryProblem(400, .nameInvalid, "\(error)")
        }
    }

    private static func reference(_ text: String) throws(RegistryProblem) -> ManifestReference {
        if text.contains(":") { return .digest(try digest(text)) }
        do {
            return .tag(try Tag(text))
        } catch {
            // No such manifest can be there, and that is what clients understand.
            throw RegistryProblem(404, .manifestUnknown, "\(error)")
        }
    }

    private static func digest(_ text: String) throws(RegistryProblem) -> Digest {
        do {
            return try Digest(text)
        } catch {
            throw RegistryProblem(400, .digestInvalid, "\(error)")
        }
    }
}
