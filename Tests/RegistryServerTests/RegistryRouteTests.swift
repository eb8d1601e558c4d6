import OCIModel
import Testing

@testable import RegistryServer

@Suite("Routes")
struct RegistryRouteTests {
    static let hex = String(repeating: "ab", count: 32)

    @Test(
        "paths are read from their end",
        arguments: [
            ("/v2", "base"), ("/v2/", "base"), ("/v2/_catalog", "catalog"),
            ("/v2/a/tags/list", "tags a"), ("/v2/a/b/c/tags/list", "tags a/b/c"),
            ("/v2/tags/tags/list", "tags tags"), ("/v2/a/manifests/v1", "manifest v1 a"),
            ("/v2/a/manifests/manifests/v1", "manifest v1 a/manifests"),
            ("/v2/a/blobs/uploads", "uploads a"), ("/v2/a/blobs/uploads/", "uploads a"),
            ("/v2/a/blobs/uploads/xyz", "upload xyz a"), ("/v2/a/blobs/blobs/uploads/x", "upload x a/blobs"),
            ("/v2/uploads/manifests/v1", "manifest v1 uploads"),
            ("/v2/a/blobs/sha256:\(hex)", "blob \(hex) a"), ("/v2/a/blobs/sha256%3A\(hex)", "blob \(hex) a"),
            ("/v2/a/manifests/sha256:\(hex)", "manifest sha256:\(hex) a"),
            ("/v2/a/referrers/sha256:\(hex)", "referrers \(hex) a"),
        ]
    )
    func parses(_ path: String, _ expected: String) throws {
        #expect(Self.text(try RegistryRoute(path: path)) == expected)
    }

    @Test(
        "wrong paths have the code that clients know",
        arguments: [
            ("/", 404, "UNKNOWN"), ("/v1/", 404, "UNKNOWN"), ("/v2/a", 404, "UNKNOWN"), ("/v2//", 404, "UNKNOWN"),
            ("/v2/A/tags/list", 400, "NAME_INVALID"), ("/v2/../manifests/v1", 400, "NAME_INVALID"),
            ("/v2/a//manifests/v1", 400, "NAME_INVALID"), ("/v2/%2e%2e/manifests/v1", 400, "NAME_INVALID"),
            ("/v2/a/manifests/.bad", 404, "MANIFEST_UNKNOWN"), ("/v2/a/blobs/sha256:12", 400, "DIGEST_INVALID"),
            ("/v2/a/blobs/md5:\(hex)", 400, "DIGEST_INVALID"), ("/v2/a/referrers/v1", 400, "DIGEST_INVALID"),
        ]
    )
    func refuses(_ path: String, _ status: Int, _ code: String) {
        do {
            let route = try RegistryRoute(path: path)
            Issue.record("\(path) must not be \(route)")
        } catch {
            #expect(error.status == status)
            #expect(error.code.rawValue == code)
        }
    }

    private static func text(_ route: RegistryRoute) -> String {
        switch route {
        case .base: "base"
        case .catalog: "catalog"
        case .tags(let repository): "tags \(repository)"
        case .manifest(let reference, let repository): "manifest \(reference) \(repository)"
        case .blob(let digest, let repository): "blob \(digest.hex) \(repository)"
        case .uploads(let repository): "uploads \(repository)"
        case .upload(let session, let repository): "upload \(session) \(repository)"
        case .referrers(let digest, let repository): "referrers \(digest.hex) \(repository)"
        }
    }
}
