import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import NIOPosix
import OCIModel
import RegistryServer
import Synchronization
import Testing

@testable import RegistryClient

/// What happens to credentials that a registry does not take, or should not get.
struct RefusedCredentialTests {
    @Test(arguments: [true, false])
    func `asks the program again when its password has changed`(usesTokens: Bool) async throws {
        let service = TokenService { $0.accounts = [.init("u", "old")] }
        try await HelperFolder.with { helpers in
            let password = URL(filePath: "\(helpers.folder)/password")
            try helpers.add("b", #"echo "{\"Username\":\"u\",\"Secret\":\"$(cat '\#(password.path)')\"}""#)
            try Data("old".utf8).write(to: password)
            let valid = Mutexed("old")
            let basic: RegistryBehaviour = { request in
                let expected = "Basic " + Data("u:\(valid.value)".utf8).base64EncodedString()
                guard request.fields["authorization"] != expected else { return nil }
                var made = Intervention.none
                made.answer = .error(401, code: "UNAUTHORIZED", fields: ["WWW-Authenticate": "Basic realm=\"r\""])
                return made
            }
            try await withRegistry(behaviour: usesTokens ? service.behaviour : basic) { registry in
                let store = try await helpers.store(#"{"credHelpers":{"\#(registry.name)":"b"}}"#)
                try await RegistryFixture.withClient(port: registry.port, credentials: store) { client, _ in
                    try await client.ping()
                    try Data("new".utf8).write(to: password)
                    valid.value = "new"
                    service.update { $0.accounts = [.init("u", "new")] }
                    service.revokeTokens()
                    for name in ["a", "b"] {
                        _ = try await client.containsBlob(RegistryFixture.blob([1]), in: .init(name))
                    }
                    #expect(helpers.runs.count == 2)

                    valid.value = "another"
                    service.update { $0.accounts = [.init("u", "another")] }
                    service.revokeTokens()
                    for name in ["c", "d"] {
                        let error = await #expect(throws: RegistryClientError.self) {
                            try await client.containsBlob(RegistryFixture.blob([1]), in: .init(name))
                        }
                        #expect(error?.code == .unauthorized)
                        #expect(error?.message.contains("by docker-credential-b") == true, "\(error?.message ?? "")")
                    }
                    #expect(helpers.runs.count == 3)
                }
            }
        }
    }

    @Test func `sends a registry token as it is, to the registry alone`() async throws {
        let script: ScriptedServer.Script = { request in
            request["authorization"] == "Bearer ready"
                ? .init(200, text: #"{"tags":[]}"#) : .init(401, [("WWW-Authenticate", #"Bearer realm="/token""#)])
        }
        for (token, isRight) in [("ready", true), ("other", false)] {
            let json = #"{"auths":{"HOST":{"registrytoken":"\#(token)"}}}"#
            try await RegistryFixture.withRegistry(credentials: json, script) { server, client in
                if isRight {
                    _ = try await client.tags(in: RepositoryPath("a"))
                } else {
                    let error = await #expect(throws: RegistryClientError.self) {
                        try await client.tags(in: RepositoryPath("a"))
                    }
                    #expect(error?.code == .unauthorized)
                    #expect(error?.message.contains("registry token from") == true)
                }
                #expect(!server.lines.contains { $0.contains("/token") })
            }
        }
    }

    @Test(
        arguments: [
            ("https://reg/", "http://reg:8080/token", true), ("https://reg/", "http://auth/token", true),
            ("https://reg/", "http://127.0.0.1/token", true), ("https://reg/", "http://reg/token", false),
            ("https://reg/", "https://auth/token", false), ("https://insecure/", "http://auth/token", false),
        ]
    )
    func `sends no credentials in the clear`(base: String, realm: String, isRefused: Bool) async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.insecureHosts = .named(["insecure"])
        try await HTTPTransport.withTransport(configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton) {
            transport in
            let authorizer = Authorizer(registry: try RegistryName("reg"), transport: transport, credentials: .none)
            let challenge = AuthChallenge(scheme: "bearer", parameters: ["realm": realm])
            if isRefused {
                let error = #expect(throws: RegistryClientError.self) {
                    try authorizer.service(challenge, try HTTPURL(base))
                }
                #expect(error?.code == .unauthorized)
                #expect(error?.message.contains("plain HTTP") == true)
            } else {
                let service = try authorizer.service(challenge, HTTPURL(base))
                #expect(service.inheritsInsecurity == base.contains("insecure"))
            }
        }
    }

    @Test func `repeats no secret that a server writes`() async throws {
        let secrets = KnownSecrets()
        secrets.add(.password(user: "ann", password: "p@ss/w0rd"))
        secrets.add(token: "abcdef")
        for index in 0..<600 { secrets.add(token: "token-\(index)") }
        let basic = Data("ann:p@ss/w0rd".utf8).base64EncodedString()
        let body = "you sent p@ss/w0rd, p%40ss%2Fw0rd, \(basic) and token-599; " + String(repeating: "x", count: 500)
        let text = try #require(
            RegistryErrorDocument(bytes: Array(body.utf8), contentType: "text/plain").text(hiding: secrets)
        )
        #expect(text.hasPrefix("you sent •••, •••, ••• and •••; xxx"))
        #expect(text.count == 301)
        // A secret that the limit would cut.
        let late = String(repeating: "y", count: 296) + "p@ss/w0rd"
        #expect(ServerText.printable(late, hiding: secrets)?.contains("p@ss") == false)
        #expect(ServerText.printable("p@ss/\u{7}w0rd", hiding: secrets) == "•••")
    }
}

/// A value that a test changes while others read it.
private final class Mutexed: Sendable {
    private let box: Mutex<String>

    init(_ value: String) {
        box = Mutex(value)
    }

    var value: String {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}
