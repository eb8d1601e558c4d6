import Testing

@testable import ClusterAccess

struct ResourceObjectTests {
    private func object(
        _ version: String,
        _ kind: String,
        _ namespace: String?,
        _ name: String
    ) throws(ClusterAccessError) -> ResourceObject {
        try ResourceObject(apiVersion: version, kind: kind, namespace: namespace, name: name, json: [])
    }

    @Test(arguments: [
        ("v1", "ConfigMap", "ns", "/api/v1/namespaces/ns/configmaps/a.b-c"),
        (
            "config.openshift.io/v1", "ImageDigestMirrorSet", nil,
            "/apis/config.openshift.io/v1/imagedigestmirrorsets/a.b-c"
        ),
        (
            "updateservice.operator.openshift.io/v1", "UpdateService", "ns",
            "/apis/updateservice.operator.openshift.io/v1/namespaces/ns/updateservices/a.b-c"
        ),
    ])
    func `has the address of its kind`(version: String, kind: String, namespace: String?, path: String) throws {
        #expect(try object(version, kind, namespace, "a.b-c").path == path)
    }

    @Test(arguments: [("v1", "Secret"), ("v2", "ConfigMap"), ("", ""), ("config.openshift.io", "v1/ImageTagMirrorSet")])
    func `refuses kinds that nobody emits`(version: String, kind: String) {
        let error = #expect(throws: ClusterAccessError.self) { try object(version, kind, "ns", "a") }
        #expect(error?.code == .unknownKind)
    }

    @Test(arguments: [
        "", "..", "a/b", "a?b", "A", "-a", "a-", "a..b", "ä", "a%2fb", String(repeating: "a", count: 254),
    ])
    func `refuses names that lead elsewhere`(name: String) {
        for (namespace, name) in [("ns", name), (name, "a")] {
            let error = #expect(throws: ClusterAccessError.self) { try object("v1", "ConfigMap", namespace, name) }
            #expect(error?.code == .invalidObjectName)
        }
    }

    @Test func `wants a namespace exactly where the kind has one`() {
        for (version, kind, namespace) in [
            ("v1", "ConfigMap", nil), ("config.openshift.io/v1", "ImageTagMirrorSet", "ns" as String?),
        ] {
            let error = #expect(throws: ClusterAccessError.self) { try object(version, kind, namespace, "a") }
            #expect(error?.code == .invalidObjectName)
        }
    }
}
