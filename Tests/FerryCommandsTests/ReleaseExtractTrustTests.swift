import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Client programs come out of releases whose signature is right", .enabled(if: GnuPG.isInstalled))
struct ReleaseExtractTrustTests {
    /// How a release is signed.
    enum Signing: Sendable {
        case rightly
        case otherKey
        case otherDigest
        case tampered
        case not
    }

    /// Publishes a release, with its signature in a folder.
    ///
    /// - Returns: the release; the key is `keys.asc`, the store `store`.
    private func publish(
        _ signing: Signing,
        _ scene: Scene,
        _ source: TestRegistry
    ) async throws
        -> ToolRelease.Published
    {
        let published = try await ToolRelease().publish(to: source)
        let folder = scene.path("store/sha256=\(published.digest.hex)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Releases <releases@example.com>")
            let other = try await gpg.makeKey("Somebody <somebody@example.com>")
            try Data(try await gpg.publicKeys(key)).write(to: URL(fileURLWithPath: scene.path("keys.asc")))
            guard signing != .not else { return }
            var text = ReleaseWorld.signedText(published.digest, tag: "4.18.1-x86_64")
            if signing == .otherDigest {
                let wrong = String(published.digest.hex.reversed())
                text = text.replacingOccurrences(of: published.digest.hex, with: wrong)
            }
            var bytes = try await gpg.sign(text, by: signing == .otherKey ? other : key)
            if signing == .tampered { bytes[bytes.count / 2] ^= 1 }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/signature-1"))
        }
        return published
    }

    private static let trust = ["--signature-store", "file://store", "--keyring", "keys.asc"]

    @Test("a right signature needs no word", arguments: [[], ["--require-signatures"]])
    func right(_ words: [String]) async throws {
        try await withScene { scene, source in
            let published = try await publish(.rightly, scene, source)
            let arguments = ["release", "extract", "\(published.payload)", "--command", "oc"] + Self.trust + words
            let result = try await scene.ferry(arguments: arguments)
            #expect(!result.stderr.contains("warning"), "\(result)")
            #expect(scene.names(in: ".").contains("oc"))
        }
    }

    @Test(
        "a wrong signature is refused, and no program is written",
        arguments: [.otherKey, .otherDigest, .tampered] as [Signing]
    )
    func wrong(_ signing: Signing) async throws {
        try await withScene { scene, source in
            let published = try await publish(signing, scene, source)
            let arguments = ["release", "extract", "\(published.payload)", "--command", "oc"] + Self.trust
            try scene.write("precious", to: "oc")
            let result = try await scene.ferry(arguments: arguments, exits: 32)
            #expect(result.stderr.contains("\(published.digest)"), "\(result)")
            #expect(try scene.text("oc") == "precious")
            try await scene.ferry(arguments: arguments + ["--ignore-release-signature"])
            #expect(try scene.text("oc") != "precious")
        }
    }

    @Test("without a signature there is a warning, unless signatures are required, for manifests too")
    func unsigned() async throws {
        try await withScene { scene, source in
            let published = try await publish(.not, scene, source)
            let arguments = ["release", "extract", "\(published.payload)", "--command", "oc"] + Self.trust
            let refused = try await scene.ferry(arguments: arguments + ["--require-signatures"], exits: 32)
            #expect(refused.stderr.contains("signature"))
            #expect(!scene.names(in: ".").contains("oc"))
            let warned = try await scene.ferry(arguments: arguments)
            #expect(warned.stderr.contains("warning: release \(published.payload) has no signature"), "\(warned)")
            #expect(scene.names(in: ".").contains("oc"))
            let manifests = ["release", "extract", "\(published.payload)", "--to", "out"] + Self.trust
            let quiet = try await scene.ferry(arguments: manifests)
            #expect(!quiet.stderr.contains("signature"), "\(quiet)")
            try await scene.ferry(arguments: manifests + ["--require-signatures"], exits: 32)
        }
    }

    @Test("a tag that was not signed for the release is told: an old release may stand under it")
    func otherTag() async throws {
        try await withScene { scene, source in
            let published = try await publish(.rightly, scene, source)
            let path = published.payload.repository.path
            let document = try #require(try await source.store.manifest(.digest(published.digest), in: path))
            try await source.store.writeManifest(document, to: path, tag: OCIModel.Tag("4.18.9-x86_64"))
            let other = "\(published.payload.repository):4.18.9-x86_64"
            let result = try await scene.ferry(
                arguments: ["release", "extract", other, "--command", "oc"] + Self.trust
            )
            #expect(result.stderr.contains("signed under another tag, 4.18.1-x86_64"), "\(result)")
        }
    }

    @Test("of a media set its own signatures count, and no store is needed")
    func mediaSet() async throws {
        try await withScene { scene, source in
            let published = try await publish(.rightly, scene, source)
            try scene.write(ImageSetText.make(release: "\(published.payload)"), to: "isc.yaml")
            try await scene.ferry(arguments: ["mirror", "-c", "isc.yaml", "file://set"] + Self.trust)
            let extract = ["release", "extract", "--from", "file://set", "--command", "oc", "--require-signatures"]
            // The folder of the variable is not there.
            let result = try await scene.ferry(arguments: extract + ["--keyring", "keys.asc"])
            #expect(!result.stderr.contains("warning"), "\(result)")
            // The built-in keys have not signed it.
            try await scene.ferry(arguments: extract, exits: 32)
        }
    }
}
