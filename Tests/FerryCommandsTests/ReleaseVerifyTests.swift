import FerryTestSupport
import Foundation
import HTTPTestSupport
import Testing

/// `ferry release verify` with real signatures and with keys made for the test.
@Suite struct ReleaseVerifyTests {
    private static let redHat = "sha256:e3f12513a4b22a2d7c0e7c9207f52128113758d9d68c7d06b11a0ac7672966f7"
    private static let openShiftCI = "sha256:edd9824f0404f1a139688017e7001370e2f3fbc088b94da84506653b473fe140"
    private static let unknown = "sha256:" + String(repeating: "5a", count: 32)
    /// The real signatures, a store.
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("ReleasesTests/Fixtures/signatures").path

    private struct Report: Decodable {
        struct Signature: Decodable {
            let reference: String
            let tag: String?
            let key: String
            let userIDs: [String]
            let signingKey: String
            let signedAt: String
            let place: String
            let notes: [String]
        }

        let digest: String
        let verified: Bool
        let signatures: [Signature]
        let code: String?
        let reason: String?

        init(_ result: CommandResult) throws {
            self = try JSONDecoder().decode(Report.self, from: Data(result.stdout.utf8))
        }
    }

    private func verify(_ scene: Scene, _ words: String..., exits status: Int32 = 0) async throws -> CommandResult {
        try await scene.ferry(arguments: ["release", "verify"] + words, exits: status)
    }

    @Test func tellsWhoSignedWhat() async throws {
        try await withScene { scene in
            let result = try await verify(scene, Self.redHat, "--signature-store", "file://\(Self.fixtures)")
            let expected = """
                release    \(Self.redHat)
                signed as  registry.access.redhat.com/rhel7:7.6
                signed at  2019-04-09T18:14:24Z
                by key     567E347AD0044ADE55BA8A5F199E2F91FD431D51  Red Hat, Inc. (release key 2) <security@redhat.com>
                found at   \(Self.fixtures)/\(Self.redHat.replacing(":", with: "="))/signature-1

                """
            #expect(result.stdout == expected)
            #expect(result.stderr.isEmpty)
        }
    }

    @Test func writesJSON() async throws {
        try await withScene { scene in
            // A folder relative to where one is, and a reference in place of a digest.
            try FileManager.default.createSymbolicLink(atPath: scene.path("s"), withDestinationPath: Self.fixtures)
            let result = try await verify(
                scene,
                "quay.io/any/name@\(Self.openShiftCI)",
                "--signature-store",
                "file://s",
                "--okd",
                "--output",
                "json"
            )
            let report = try Report(result)
            #expect(report.verified)
            #expect(report.digest == Self.openShiftCI)
            #expect(report.code == nil)
            let signature = try #require(report.signatures.first)
            #expect(report.signatures.count == 1)
            #expect(signature.tag == "4.0.0-0.ci-2019-04-19-181452")
            #expect(signature.reference.hasSuffix("/ocp/release:4.0.0-0.ci-2019-04-19-181452"))
            #expect(signature.key == "D04761B116203B0C0859B61628B76E05B923888E")
            #expect(signature.signingKey == signature.key)
            #expect(signature.userIDs == ["openshift-ci"])
            #expect(signature.signedAt == "2019-04-22T14:35:51Z")
            #expect(signature.notes.first?.contains("expired on 2021-") == true)
            #expect(signature.place.hasPrefix(scene.path("s")))
        }
    }

    @Test func refusesWithTheReason() async throws {
        try await withScene { scene in
            let store = "file://\(Self.fixtures)"
            let text = try await verify(scene, Self.openShiftCI, "--signature-store", store, exits: 32)
            #expect(text.stdout.isEmpty)
            #expect(text.stderr.hasPrefix("error: release \(Self.openShiftCI): its signature is refused: "))
            let json = try await verify(
                scene,
                Self.openShiftCI,
                "--signature-store",
                store,
                "--output",
                "json",
                exits: 32
            )
            let report = try Report(json)
            #expect(!report.verified)
            #expect(report.code == "signatureUnknownKey")
            #expect(report.reason?.isEmpty == false)
            #expect(report.signatures.isEmpty)
            let okd = try await verify(scene, Self.redHat, "--signature-store", store, "--okd", exits: 32)
            #expect(okd.stderr.contains("--keyring"))
            let none = try await verify(scene, Self.unknown, "--signature-store", store, exits: 32)
            #expect(none.stderr.contains("no signature was found"))
        }
    }

    /// The first store has none, the second one cannot be asked, the third one has it.
    @Test func asksStoresInOrder() async throws {
        let folder = Self.fixtures
        try await ScriptedServer.withServer({ request in
            if request.path.hasPrefix("/empty/") { return ScriptedAnswer(404) }
            guard request.path.hasPrefix("/full/"), !request.path.contains("..") else { return ScriptedAnswer(403) }
            let file = URL(fileURLWithPath: "\(folder)/\(request.path.dropFirst("/full/".count))")
            guard let data = try? Data(contentsOf: file) else { return ScriptedAnswer(404) }
            return ScriptedAnswer(200, body: Array(data))
        }) { server in
            try await withScene { scene in
                let stores = ["empty", "closed", "full"].flatMap {
                    ["--signature-store", "http://\(server.authority)/\($0)/"]
                }
                let found = try await scene.ferry(arguments: ["release", "verify", Self.redHat] + stores)
                #expect(found.stdout.contains("found at   http://\(server.authority)/full/"))
                #expect(found.stdout.contains("note       http://\(server.authority)/closed could not be asked"))
                let environment = ["OCP_SIGNATURE_URL": "http://\(server.authority)/full/", "HOME": scene.folder]
                let command = try CommandFixture(environment: environment)
                #expect(try await command.run("release", "verify", Self.redHat).status == 0)
            }
        }
    }

    /// Nothing was found out, which is not the same as a wrong signature.
    @Test func saysThatNoStoreCouldBeAsked() async throws {
        try await withScene { scene in
            let result = try await verify(
                scene,
                Self.redHat,
                "--signature-store",
                "file:///nonexistent/folder",
                exits: 1
            )
            #expect(result.stderr.contains("cannot be found out"))
            #expect(result.stderr.contains("/nonexistent/folder"))
        }
    }

    @Test(arguments: [
        ["sha256:12"], ["quay.io/a/b:v1"], ["quay.io/a/b"], ["4.18.1"], [], [redHat, "--signature-store", "ftp://x/y"],
        [redHat, "--signature-store", "https://x/y?z"], [redHat, "--output", "yaml"],
        [redHat, "--keyring", "missing.asc"],
        [redHat, "--keyring", "."], [redHat, "--keyring", "garbage"],
    ])
    func refusesMistakes(words: [String]) async throws {
        try await withScene { scene in
            try scene.write("no key\n", to: "garbage")
            let result = try await scene.ferry(arguments: ["release", "verify"] + words, exits: 1)
            #expect(result.stdout.isEmpty)
            #expect(result.stderr.hasPrefix("error: "), "\(result)")
            #expect(result.stderr.split(separator: "\n").count == 1, "\(result)")
        }
    }

    @Test(.enabled(if: GnuPG.isInstalled)) func takesKeysThatAreNamed() async throws {
        try await withScene { scene in
            try await withGnuPG { gpg in
                let key = try await gpg.makeKey("Site <s@example.com>")
                let other = try await gpg.makeKey("Other <o@example.com>")
                let content =
                    #"{"critical":{"type":"atomic container signature","image":{"docker-manifest-digest":"#
                    + #""\#(Self.unknown)"},"identity":{"docker-reference":"example.com/a/b:v1"}}}"#
                let folder = scene.path("store/\(Self.unknown.replacing(":", with: "="))")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data(try await gpg.sign(content, by: key)).write(to: URL(fileURLWithPath: "\(folder)/signature-1"))
                for (name, fingerprint) in [("key.asc", key), ("other.asc", other)] {
                    let bytes = try await gpg.publicKeys(fingerprint)
                    try scene.write(String(decoding: bytes, as: UTF8.self), to: name)
                }
                let words = [Self.unknown, "--signature-store", "file://store", "--keyring", "other.asc"]
                _ = try await scene.ferry(arguments: ["release", "verify"] + words, exits: 32)
                let both = ["release", "verify"] + words + ["--keyring", "key.asc"]
                let found = try await scene.ferry(arguments: both)
                #expect(found.stdout.contains(key))
                let command = try CommandFixture(environment: ["HOME": scene.folder])
                for (name, status) in [("key.asc", 0), ("other.asc", 32), ("missing.asc", 1)] as [(String, Int32)] {
                    let result = try await command.run(
                        "release",
                        "verify",
                        Self.unknown,
                        "--signature-store",
                        "file://store",
                        environment: ["OCP_SIGNATURE_VERIFICATION_PK": name],
                        folder: scene.folder
                    )
                    #expect(result.status == status, "\(name): \(result)")
                }
            }
        }
    }
}
