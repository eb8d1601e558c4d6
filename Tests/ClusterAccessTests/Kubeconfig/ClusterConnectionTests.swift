import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import Testing

@testable import ClusterAccess

/// What the entries of a kubeconfig mean.
struct ClusterConnectionTests {
    private static let certificate = TestIdentity.localhost.certificate
    private static let base64 = Data(certificate.utf8).base64EncodedString()

    private func failure(
        _ kubeconfig: KubeconfigText,
        context: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> ClusterAccessError? {
        let error = #expect(throws: ClusterAccessError.self, sourceLocation: sourceLocation) {
            try kubeconfig.load(context: context)
        }
        #expect(error?.message.contains("SECRET") == false, sourceLocation: sourceLocation)
        #expect(error?.message.contains("/k/") == true, sourceLocation: sourceLocation)
        return error
    }

    @Test(arguments: [
        ("{token: abc}", "Bearer abc"), ("{token: \"abc\\n\"}", "Bearer abc"), ("{token: 123}", "Bearer 123"),
        ("{token: \"a*b\"}", "Bearer a*b"), ("{tokenFile: t}", "Bearer from.file"),
        ("{tokenFile: /k/t, token: abc}", "Bearer from.file"), ("{token: abc, tokenFile: null}", "Bearer abc"),
        ("{username: a, password: \"b:c\"}", "Basic YTpiOmM="), ("{username: \"ä\", password: b}", "Basic w6Q6Yg=="),
    ])
    func `knows the credentials`(user: String, authorization: String) throws {
        let kubeconfig = KubeconfigText(user: user, files: ["/k/t": Array(" from.file\n".utf8)])
        #expect(try kubeconfig.load().authorization == authorization)
    }

    @Test(arguments: [
        "{}", "null", "{username: SECRET}", "{password: SECRET}", "{username: \"SECRET:\", password: SECRET}",
        "{token: SECRET, username: a}", "{token: SECRET, password: SECRET}", "{tokenFile: t, password: SECRET}",
        "{tokenFile: empty}", "{token: \"SECRET SECRET\"}", "{token: \"SECRET\\nX: y\"}", "{token: \"SECRET\\u00e4\"}",
        "{token: {a: SECRET}}", "{token: [SECRET]}", "[SECRET]", "SECRET", "{token: *SECRET}", "{<<: {token: SECRET}}",
        "{client-certificate: ca.pem}", "{client-key: ca.pem}", "{client-certificate-data: \"SECRET!\"}",
        "{token: SECRET, token: SECRET}", "{token: SECRET", "{token: \"SECRET}", "{token: \"SECRET\\x\"}",
        "{token: !!binary SECRET, client-key-data: [SECRET]}", "{token: \u{1}SECRET}",
    ])
    func `refuses users`(user: String) {
        let files = ["/k/t": Array("SECRET".utf8), "/k/empty": [0x0A], "/k/ca.pem": Array("SECRET".utf8)]
        #expect(failure(KubeconfigText(user: user, files: files))?.code == .invalidKubeconfig)
    }

    @Test(arguments: [
        "{exec: {command: aws, args: [SECRET]}}", "{auth-provider: {name: gcp, config: {access-token: SECRET}}}",
        "{token: SECRET, exec: {command: aws}}", "{token: SECRET, as: admin}", "{token: SECRET, as-groups: [a]}",
        "{token: SECRET, as-uid: \"1\"}", "{token: SECRET, as-user-extra: {a: [b]}}",
    ])
    func `says what it does not support and what to do`(user: String) {
        let error = failure(KubeconfigText(user: user))
        #expect(error?.code == .unsupportedKubeconfig)
        #expect(error?.message.contains("user \"u\"") == true)
        #expect(error?.message.contains("; use ") == true)
    }

    @Test(arguments: [
        "{}", "null", "{server: }", "{server: api.test}", "{server: ftp://a}", "{server: \"https://SECRET:p@a\"}",
        "{server: \"https://a/?token=SECRET\"}", "{server: \"https://a/#x\"}", "{server: http://api.test}",
        "{server: \"https://a:99999\"}", "{server: https://a, insecure-skip-tls-verify: maybe}",
        "{server: https://a, insecure-skip-tls-verify: \"true\"}", "{server: https://a, tls-server-name: 1.2.3.4}",
        "{server: https://a, insecure-skip-tls-verify: true, certificate-authority: ca.pem}",
        "{server: https://a, insecure-skip-tls-verify: true, certificate-authority-data: YWJj}",
        "{server: https://a, certificate-authority-data: \"%\"}",
        "{server: http://api.test, insecure-skip-tls-verify: true}",
    ])
    func `refuses clusters`(cluster: String) {
        let files = ["/k/ca.pem": Array(Self.certificate.utf8)]
        #expect(failure(KubeconfigText(cluster: cluster, files: files))?.code == .invalidKubeconfig)
    }

    @Test func `refuses a proxy`() {
        let error = failure(KubeconfigText(cluster: "{server: https://a, proxy-url: \"http://SECRET@p\"}"))
        #expect(error?.code == .unsupportedKubeconfig)
    }

    @Test func `tells which file is missing`() {
        for (cluster, user) in [
            ("{server: https://a, certificate-authority: none.pem}", "{token: a}"),
            ("{server: https://a}", "{tokenFile: none.pem}"),
            ("{server: https://a}", "{client-certificate: none.pem, client-key-data: YWJj}"),
        ] {
            let error = failure(KubeconfigText(cluster: cluster, user: user))
            #expect(error?.code == .unreadableFile)
            #expect(error?.message.contains("/k/none.pem") == true)
        }
    }

    @Test func `tells which names there are`() {
        for (kubeconfig, context, word) in [
            (KubeconfigText(), "y", "there are: \"x\""),
            (KubeconfigText(context: "{cluster: d, user: u}"), nil, "\"c\""),
            (KubeconfigText(context: "{cluster: c, user: v}"), nil, "\"u\""),
        ] as [(KubeconfigText, String?, String)] {
            let error = failure(kubeconfig, context: context)
            #expect(error?.code == .kubeconfigEntryNotFound)
            #expect(error?.message.contains(word) == true)
        }
        let bare = ["/k/config": Array("clusters: []".utf8)]
        let error = #expect(throws: ClusterAccessError.self) {
            try loadFiles(bare, KubeconfigLocations(explicit: "/k/config", environment: [:]))
        }
        #expect(error?.code == .kubeconfigEntryNotFound)
        #expect(failure(KubeconfigText(context: "{user: u}"))?.code == .invalidKubeconfig)
    }

    @Test func `needs no credentials for a proxy on this machine only`() throws {
        for context in ["{cluster: c}", "{cluster: c, user: u}"] {
            var kubeconfig = KubeconfigText(
                cluster: "{server: \"http://127.0.0.1:8001\"}",
                user: "{}",
                context: context
            )
            #expect(try kubeconfig.load().authorization == nil)
            kubeconfig.cluster = "{server: \"https://127.0.0.1:8001\"}"
            #expect(failure(kubeconfig)?.code == .invalidKubeconfig)
        }
    }

    @Test func `sets a transport up from nothing but the kubeconfig`() throws {
        var base = HTTPTransportConfiguration()
        base.certificateAuthorityFiles = ["/registry.pem"]
        base.insecureHosts = .all
        base.userAgent = "test"
        let verified = try KubeconfigText(cluster: "{server: https://a, certificate-authority-data: \(Self.base64)}")
            .load().transport(from: base)
        #expect(verified.certificateAuthorityFiles.isEmpty)
        #expect(
            verified.exclusiveAuthorities?.name == "clusters[0].cluster.certificate-authority-data of /k/config"
                || verified.exclusiveAuthorities?.name.hasSuffix("certificate-authority-data of /k/config") == true
        )
        #expect(verified.userAgent == "test")
        if case .none = verified.insecureHosts {} else { Issue.record("not verified") }
        let blind = try KubeconfigText(cluster: "{server: https://a, insecure-skip-tls-verify: true}").load()
            .transport(from: HTTPTransportConfiguration())
        if case .all = blind.insecureHosts {} else { Issue.record("verified") }
        let named = try KubeconfigText(cluster: "{server: https://a, tls-server-name: b}").load()
            .transport(from: HTTPTransportConfiguration())
        #expect(try named.serverName == ServerNameOverride(host: "a", name: "b"))
    }

    @Test func `prefers data to a file`() throws {
        let cluster = "{server: https://a, certificate-authority: none.pem, certificate-authority-data: \(Self.base64)}"
        #expect(try KubeconfigText(cluster: cluster).load().transport(from: .init()).exclusiveAuthorities != nil)
    }

    @Test func `shows no secrets`() throws {
        let connection = try KubeconfigText().load()
        #expect(connection.authorization == "Bearer SECRET")
        var dumped = ""
        dump(connection, to: &dumped)
        for text in [dumped, "\(connection)", String(reflecting: connection)] { #expect(!text.contains("SECRET")) }
    }
}
