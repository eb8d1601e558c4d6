import HTTPTransport
import RegistryClient
import Testing

@Suite("Recognition of registries")
struct RegistryRecognitionTests {
    private static let version = ("Docker-Distribution-Api-Version", "registry/2.0")

    private func kind(_ host: String, _ fields: [(String, String)], status: Int = 401) -> RegistryKind {
        var all = HTTPFields()
        for (name, value) in fields { all.add(name, value) }
        return RegistryRecognition.recognise(RegistryFacts(host: host, status: status, fields: all)).kind
    }

    @Test(
        arguments: [
            (#"Bearer realm="https://registry.apps.ocp.lab/openshift/token""#, RegistryKind.openShift),
            (#"Bearer realm="https://quay.lab:8443/v2/auth",service="quay.lab:8443""#, .quay),
            (#"Bearer realm="https://harbor.lab/service/token",service="harbor-registry""#, .harbor),
            (#"Bearer realm="https://elsewhere.lab/token",service="harbor-registry""#, .harbor),
            (#"Basic realm="https://1234.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com""#, .ecr),
            (#"Bearer realm="https://gitlab.lab/jwt/auth",service="container_registry""#, .gitLab),
            (#"Basic realm="Sonatype Nexus Repository Manager""#, .nexus),
            (#"Basic realm="Artifactory Realm""#, .artifactory),
            (#"Bearer realm="https://art.lab/artifactory/api/docker/dev/v2/token",service="art.lab""#, .artifactory),
            (#"Bearer realm="https://lab.azure.example/oauth2/token",service="lab""#, .acr),
            (#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull""#, .ghcr),
            (#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#, .dockerHub),
            (#"Bearer realm="https://mirror.lab/token",service="registry.docker.io""#, .dockerHub),
            (#"Basic realm="zot""#, .zot),
            (#"Basic realm="Registry Realm""#, .distribution),
            (#"Bearer realm="https://auth.lab/token",service="registry""#, .distribution),
            (#"Negotiate, Basic realm="Sonatype Nexus Repository Manager""#, .nexus),
            ("Bearer", .distribution),
            ("", .distribution),
        ]
    )
    func challenges(_ challenge: String, _ expected: RegistryKind) {
        #expect(kind("registry.lab", [Self.version, ("WWW-Authenticate", challenge)]) == expected)
    }

    @Test(
        arguments: [
            ("docker.io", RegistryKind.dockerHub), ("ghcr.io", .ghcr), ("quay.io", .quay),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", .ecr),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", .ecr),
            ("123456789012.dkr-ecr.eu-west-1.amazonaws.com", .distribution),
            ("lab.azurecr.io", .acr), ("LAB.AZURECR.IO", .acr), ("lab.jfrog.io", .artifactory),
            ("default-route-openshift-image-registry.apps.ocp.lab", .openShift),
            ("image-registry.openshift-image-registry.svc", .openShift),
            ("quay.io.evil.lab", .distribution), ("registry.lab", .distribution),
        ]
    )
    func hosts(_ host: String, _ expected: RegistryKind) {
        #expect(kind(host, [Self.version], status: 200) == expected)
    }

    @Test(
        arguments: [
            (("X-JFrog-Version", "Artifactory/7.90.1 79001900"), RegistryKind.artifactory),
            (("x-artifactory-id", "abc"), .artifactory),
            (("Server", "Nexus/3.70.1-02 (OSS)"), .nexus),
            (("Server", "nginx"), .unknown),
            (("X-Ms-Correlation-Request-Id", "1"), .acr),
            (("X-Harbor-CSRF-Token", "1"), .harbor),
            (("X-GitHub-Request-Id", "1"), .ghcr),
            (("Distribution-Api-Version", "registry/2.0"), .zot),
            (("Docker-Distribution-Api-Version", "registry/2.0"), .distribution),
            (("Docker-Distribution-Api-Version", "registry/9"), .unknown),
        ]
    )
    func fields(_ field: (String, String), _ expected: RegistryKind) {
        #expect(kind("registry.lab", [field], status: 200) == expected)
    }

    @Test func zotIsKnownByItsEndpoints() {
        var facts = RegistryFacts(host: "registry.lab", status: 200, fields: [Self.version.0: Self.version.1])
        #expect(RegistryRecognition.recognise(facts).kind == .distribution)
        facts.hasZotExtension = true
        #expect(RegistryRecognition.recognise(facts).kind == .zot)
    }

    @Test func nobodyIsKnownByNothing() {
        let recognition = RegistryRecognition.recognise(RegistryFacts(host: "registry.lab", status: 401, fields: [:]))
        #expect(recognition == RegistryRecognition.recognise(RegistryFacts(host: "", status: 0, fields: [:])))
        #expect(recognition.kind == .unknown)
        #expect(recognition.evidence == nil)
    }

    @Test("the query of a realm is not repeated: it may hold anything")
    func realmsWithoutQuery() {
        let fields: HTTPFields = ["WWW-Authenticate": #"Bearer realm="https://q.lab/v2/auth?secret=1""#]
        let facts = RegistryFacts(host: "q.lab", status: 401, fields: fields)
        let recognition = RegistryRecognition.recognise(facts)
        #expect(recognition.kind == .quay)
        #expect(recognition.evidence?.contains("secret") == false)
        #expect(facts.login == "Bearer, tokens from https://q.lab/v2/auth")
    }

    @Test(
        "every kind but the unknown says something, in sentences without a full stop",
        arguments: RegistryKind.allCases
    )
    func traits(_ kind: RegistryKind) {
        let traits = RegistryTraits.of(kind)
        #expect(traits.kind == kind)
        #expect(traits.expectations.isEmpty == (kind == .unknown))
        #expect(traits.expectations.allSatisfy { !$0.text.isEmpty && !$0.text.hasSuffix(".") })
    }
}
