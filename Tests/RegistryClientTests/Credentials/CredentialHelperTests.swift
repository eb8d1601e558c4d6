import Foundation
import OCIModel
import Testing

@testable import RegistryClient

struct CredentialHelperTests {
    private let answer = #"echo '{"ServerURL":"x","Username":"ann","Secret":"s3cr3t"}'"#

    @Test func `asks a program for a registry once, with the address at its input`() async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("test", answer)
            let store = try await helpers.store(#"{"credHelpers":{"reg:5000":"test"}}"#)
            let registry = try RegistryName("reg:5000")
            #expect(store.finding(for: registry, nil)?.kind == nil)
            try await withThrowingTaskGroup(of: Credential?.self) { group in
                for number in 0..<8 {
                    group.addTask { try await store.credential(for: registry, RepositoryPath("a/b\(number)")) }
                }
                for try await credential in group {
                    #expect(credential?.secret == .password(user: "ann", password: "s3cr3t"))
                }
            }
            #expect(helpers.runs == ["get reg:5000"])
            let finding = try #require(store.finding(for: registry, nil))
            #expect(finding.helper == "docker-credential-test")
            #expect(finding.kind == .password)
            #expect(finding.origin == "\(helpers.file), entry \"reg:5000\", by docker-credential-test")
        }
    }

    @Test(
        arguments: [
            // Key by key, the longest first; at one key the program first; the store of the file last.
            (#"{"credHelpers":{"reg":"b"},"auths":{"reg":{"auth":"dTpw"}}}"#, "a/x", "get reg"),
            (#"{"credHelpers":{"reg":"b"},"auths":{"reg/a":{"auth":"dTpw"}}}"#, "a/x", nil),
            (#"{"credHelpers":{"reg":"b","reg/a":"b"}}"#, "a/x", "get reg/a"),
            (#"{"credHelpers":{"reg":"b","reg/a":"b"}}"#, "c", "get reg"),
            (#"{"credsStore":"b","auths":{"reg":{"auth":"dTpw"}}}"#, "a/x", nil),
            (#"{"credsStore":"b","auths":{"https://reg":{}}}"#, "a/x", "get https://reg"),
            (#"{"credsStore":"b"}"#, "a/x", "get reg"),
            (#"{"credsStore":"b","credHelpers":{"reg":""},"auths":{"reg":{"auth":"dTpw"}}}"#, "a/x", nil),
        ] as [(String, String, String?)]
    )
    func `asks in order`(json: String, repository: String, run: String?) async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("b", answer)
            let store = try await helpers.store(json)
            let credential = try await store.credential(for: RegistryName("reg"), RepositoryPath(repository))
            #expect(helpers.runs == (run.map { [$0] } ?? []))
            #expect(
                credential?.secret == .password(user: run == nil ? "u" : "ann", password: run == nil ? "p" : "s3cr3t")
            )
        }
    }

    @Test(arguments: ["docker.io", "index.docker.io"])
    func `asks for Docker Hub by the name that Docker uses`(key: String) async throws {
        try await HelperFolder.with { helpers in
            let none = "echo credentials not found in native keychain; exit 1"
            try helpers.add("b", #"[ "$server" = https://index.docker.io/v1/ ] || { \#(none); }; \#(answer)"#)
            for json in [#"{"credHelpers":{"\#(key)":"b"}}"#, #"{"credsStore":"b"}"#] {
                let store = try await helpers.store(json)
                #expect(try await store.credential(for: .dockerHub, RepositoryPath("library/x")) != nil)
            }
            #expect(helpers.runs.count == 3)
        }
    }

    @Test func `takes the user name of tokens for what it means, and hands the environment on`() async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("b", #"echo "{\"Username\":\"<token>\",\"Secret\":\"$MARK\"}""#)
            let store = try await helpers.store(#"{"credHelpers":{"reg":"b"}}"#)
            let credential = try await store.credential(for: RegistryName("reg"), nil)
            #expect(credential?.secret == .identityToken("passed on"))
        }
    }

    @Test(arguments: [
        // What a program leaves behind keeps its output open, as the agents of key rings do.
        "sleep 30 & ANSWER", "exec 0<&-; ANSWER", "head -c 1000000 /dev/zero >&2; ANSWER", "echo; ANSWER",
    ])
    func `takes the answer of odd programs at once`(commands: String) async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("b", commands.replacing("ANSWER", with: answer))
            let store = try await helpers.store(#"{"credHelpers":{"reg":"b"}}"#)
            let started = ContinuousClock.now
            let credential = try await store.credential(for: RegistryName("reg"), nil)
            #expect(credential?.secret == .password(user: "ann", password: "s3cr3t"))
            #expect(started.duration(to: .now) < .seconds(20))
        }
    }

    @Test(arguments: [
        "echo credentials not found in native keychain; exit 1", "echo '{\"Username\":\"\",\"Secret\":\"\"}'",
        "echo '{}'",
    ])
    func `goes on when a program has none`(commands: String) async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("b", commands)
            let store = try await helpers.store(#"{"credHelpers":{"reg":"b"},"auths":{"reg":{"auth":"dTpw"}}}"#)
            let credential = try await store.credential(for: RegistryName("reg"), nil)
            #expect(credential?.origin == "\(helpers.file), entry \"reg\"")
            #expect(store.finding(for: try RegistryName("reg"), nil)?.helper == nil)
        }
    }

    @Test(
        arguments: [
            ("b", "echo s3cr3t; echo not unlocked >&2; exit 3", "failed (exit code 3): not unlocked"),
            ("b", "kill -9 $$", "failed (signal 9)"), ("b", "echo s3cr3t", "answered with something else"),
            ("b", #"echo '{"Secret":"s3cr3t"}'"#, "no user name"),
            ("b", "head -c 100000 /dev/zero | tr '\\0' s", "more than 65536 bytes"),
            ("b", "head -c 3000000 /dev/zero >&2; exit 1", "failed (exit code 1)"),
            ("b", "exec sleep 60", "did not answer within 0.5 seconds"),
            ("b", "sleep 60; true", "did not answer within 0.5 seconds"), ("none", "", "is not in PATH"),
            ("a/../b", "", "has a name that no program can have"), ("", "", nil),
        ] as [(String, String, String?)]
    )
    func `tells what is wrong with a program`(name: String, commands: String, problem: String?) async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("b", commands)
            let store = try await helpers.store(
                #"{"credHelpers":{"reg":"\#(name)"}}"#,
                limit: problem?.contains("within") == true ? .milliseconds(500) : .seconds(30)
            )
            guard let problem else {
                #expect(try await store.credential(for: RegistryName("reg"), nil) == nil)
                return
            }
            let started = ContinuousClock.now
            let error = await #expect(throws: RegistryClientError.self) {
                try await store.credential(for: RegistryName("reg"), RepositoryPath("a"))
            }
            #expect(started.duration(to: .now) < .seconds(20))
            #expect(error?.code == .credentialHelperFailed)
            let message = try #require(error?.message)
            #expect(message.contains(problem), "\(message)")
            for part in [
                helpers.file, "docker-credential-\(name)", "\"reg\"", "--authfile", "install or repair",
                "of credHelpers from",
            ] {
                #expect(message.contains(part), "\(message)")
            }
            #expect(!message.contains("s3cr3t"))
            // It is not run once more for every image.
            await #expect(throws: RegistryClientError.self) {
                try await store.credential(for: RegistryName("reg"), nil)
            }
            #expect(helpers.runs.count <= 1)
        }
    }

    @Test func `reads from registries that a general store may not know without its program`() async throws {
        try await HelperFolder.with { helpers in
            let store = try await helpers.store(#"{"credsStore":"missing","auths":{"known":{}}}"#)
            let other = try RegistryName("other")
            #expect(try await store.credential(for: other, nil) == nil)
            #expect(store.absence(for: other, nil).text.contains("docker-credential-missing"))
            #expect(store.absence(for: other, nil).text.contains("is not in PATH"))
            #expect(
                store.remedy(for: other, nil).hasPrefix(
                    "install or repair docker-credential-missing, or remove credsStore"
                )
            )
            let error = await #expect(throws: RegistryClientError.self) {
                try await store.credential(for: RegistryName("known"), nil)
            }
            #expect(error?.code == .credentialHelperFailed)
        }
    }

    @Test func `asks once more when a password was refused, and not again when it is the same`() async throws {
        try await HelperFolder.with { helpers in
            try helpers.add("b", #"echo "{\"Username\":\"u\",\"Secret\":\"p$(wc -l < '\#(helpers.folder)/limit')\"}""#)
            let set = {
                try Data(String(repeating: "\n", count: $0).utf8).write(to: URL(filePath: "\(helpers.folder)/limit"))
            }
            try set(1)
            let store = try await helpers.store(#"{"credHelpers":{"reg":"b"}}"#)
            let registry = try RegistryName("reg")
            let first = try #require(try await store.credential(for: registry, nil))
            try set(2)
            #expect(try await store.credential(for: registry, nil)?.secret == first.secret)
            let second = try #require(try await store.credential(for: registry, nil, refused: first))
            #expect(second.secret == .password(user: "u", password: "p2"))
            // Another task had used the first one, too.
            #expect(try await store.credential(for: registry, nil, refused: first)?.secret == second.secret)
            #expect(helpers.runs.count == 2)
            for _ in 0..<3 {
                #expect(try await store.credential(for: registry, nil, refused: second)?.secret == second.secret)
            }
            #expect(helpers.runs.count == 3)
        }
    }
}
