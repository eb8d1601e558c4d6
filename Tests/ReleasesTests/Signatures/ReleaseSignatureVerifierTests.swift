import FerryTestSupport
import Foundation
import ImageStorage
import MirrorPlan
import OCIModel
import OpenPGP
import Testing

@testable import Releases

@Suite("Signatures of releases by keys made for the test", .enabled(if: GnuPG.isInstalled))
struct ReleaseSignatureVerifierTests {
    /// When keys are made unless said otherwise: 2020-09-13.
    private static let past: Int64 = 1_600_000_000
    private static let day: Int64 = 86_400
    private static let now = past + 1000 * day

    private func check(_ bytes: [UInt8], with keys: [UInt8]) throws -> VerifiedReleaseSignature {
        let ring = try KeyRing(decoding: keys, name: "keys")
        return try ReleaseSignatureVerifier(keyRing: ring, now: Self.now)
            .check(bytes, of: try Digest(SignatureText.digest))
    }

    private func expect(
        _ code: ReleasesError.Code,
        _ bytes: [UInt8],
        _ keys: [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try check(bytes, with: keys)
            Issue.record("it was accepted", sourceLocation: sourceLocation)
        } catch {
            let found = (error as? ReleasesError)?.code
            #expect(found == code, "\(error)", sourceLocation: sourceLocation)
            #expect((error as? ReleasesError)?.kind == .integrity, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: ["ed25519", "rsa2048"], ["SHA256", "SHA512"])
    func acceptsAndTellsWhatWasSigned(algorithm: String, hash: String) async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release <r@example.com>", algorithm: algorithm, at: Self.past)
            let bytes = try await gpg.sign(
                SignatureText.document(),
                by: key,
                ["--digest-algo", hash],
                at: Self.past + Self.day
            )
            let found = try check(bytes, with: try await gpg.publicKeys(key))
            #expect(found.signature.bytes == bytes)
            #expect(found.signature.digest.description == SignatureText.digest)
            #expect(found.reference == "quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64")
            #expect(found.tag?.text == "4.18.1-x86_64")
            #expect(found.key.fingerprint == key)
            #expect(found.signingFingerprint == key)
            #expect(found.signer == "\(key) Release <r@example.com>")
            #expect(found.signedAt == Self.past + Self.day)
            #expect(found.creator == "a test")
            #expect(found.notes == [])
        }
    }

    @Test func acceptsSubkeysAndKeysThatExpiredLater() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", usage: "cert", expires: "10d", at: Self.past)
            try await gpg.addSubkey(to: key, at: Self.past)
            let bytes = try await gpg.sign(SignatureText.document(), by: key, at: Self.past + Self.day)
            let found = try check(bytes, with: try await gpg.publicKeys(key))
            #expect(found.key.fingerprint == key)
            #expect(found.signingFingerprint != key)
            #expect(found.notes == ["the key expired on 2020-09-23, after the signature was made"])
        }
    }

    @Test func refusesSignaturesAfterTheKeyExpired() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", at: Self.past)
            let bytes = try await gpg.sign(SignatureText.document(), by: key, at: Self.past + 10 * Self.day)
            try await gpg.run(["--quick-set-expire", key, "1d"], at: Self.past + Self.day)
            expect(.signatureAfterKeyExpired, bytes, try await gpg.publicKeys(key))
        }
    }

    @Test func refusesRevokedKeys() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", at: Self.past)
            let bytes = try await gpg.sign(SignatureText.document(), by: key, at: Self.past)
            _ = try check(bytes, with: try await gpg.publicKeys(key))
            try await gpg.revoke(key, at: Self.past + Self.day)
            expect(.signatureKeyRevoked, bytes, try await gpg.publicKeys(key))
        }
    }

    @Test func refusesKeysThatMayNotSign() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", usage: "cert,sign", at: Self.past)
            let bytes = try await gpg.sign(SignatureText.document(), by: key, at: Self.past)
            try await gpg.run(
                ["--command-fd", "0", "--edit-key", key],
                at: Self.past + Self.day,
                input: "change-usage\nS\nQ\nsave\n"
            )
            expect(.signatureKeyCannotSign, bytes, try await gpg.publicKeys(key))
        }
    }

    @Test func refusesSignaturesThatExpired() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", at: Self.past)
            let keys = try await gpg.publicKeys(key)
            let options = ["--default-sig-expire", "2d"]
            expect(
                .signatureExpired,
                try await gpg.sign(SignatureText.document(), by: key, options, at: Self.past),
                keys
            )
            let future = try await gpg.sign(SignatureText.document(), by: key, at: Self.now + 2 * Self.day)
            expect(.signatureExpired, future, keys)
        }
    }

    @Test func refusesOtherKeysAndOtherContent() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", at: Self.past)
            let other = try await gpg.makeKey("Somebody", at: Self.past)
            let keys = try await gpg.publicKeys(key)
            func sign(_ text: String, by signer: String = key) async throws -> [UInt8] {
                try await gpg.sign(text, by: signer, at: Self.past)
            }
            expect(.signatureUnknownKey, try await sign(SignatureText.document(), by: other), keys)
            let another = "sha256:" + String(repeating: "01", count: 32)
            expect(.signatureWrongDigest, try await sign(SignatureText.document(digest: another)), keys)
            expect(.signatureInvalidContent, try await sign(SignatureText.document(type: "other")), keys)
            expect(.signatureInvalidContent, try await sign(SignatureText.document() + "{}"), keys)
            let twice = SignatureText.document().replacing(
                #"{"docker-manifest-digest""#,
                with: #"{"docker-manifest-digest":"\#(another)","docker-manifest-digest""#
            )
            expect(.signatureInvalidContent, try await sign(twice), keys)
        }
    }

    @Test func refusesDamagedMessages() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", at: Self.past)
            let keys = try await gpg.publicKeys(key)
            let bytes = try await gpg.sign(SignatureText.document(), by: key, ["-z", "0"], at: Self.past)
            _ = try check(bytes, with: keys)
            let place = try #require(bytes.firstRange(of: Array("4.18.1".utf8)))
            var changed = bytes
            changed[place.upperBound - 1] = UInt8(ascii: "2")
            expect(.signatureTampered, changed, keys)
            expect(.signatureTruncated, Array(bytes.dropLast(5)), keys)
            expect(.signatureTrailingGarbage, bytes + [0], keys)
            expect(.signatureTrailingGarbage, bytes + bytes, keys)
            expect(.signatureMalformed, Array("<html>not found</html>".utf8), keys)
            expect(.signatureTruncated, [], keys)
            expect(.signatureTooLarge, bytes + [UInt8](repeating: 0, count: 64 << 10), keys)
        }
    }

    @Test func refusesOtherKindsOfMessages() async throws {
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Release", algorithm: "rsa2048", at: Self.past)
            let keys = try await gpg.publicKeys(key)
            let document = SignatureText.document()
            expect(
                .signatureWeakHash,
                try await gpg.sign(document, by: key, ["--digest-algo", "SHA1"], at: Self.past),
                keys
            )
            expect(
                .signatureUnsupported,
                try await gpg.sign(document, by: key, ["--digest-algo", "SHA224"], at: Self.past),
                keys
            )
            let stored = "\(gpg.home)/stored"
            try await gpg.run(["--output", stored, "--store"], input: document)
            expect(.signatureNotSigned, Array(try Data(contentsOf: URL(fileURLWithPath: stored))), keys)
            let armoured = try await gpg.sign(document, by: key, ["--armor"], at: Self.past)
            expect(.signatureMalformed, armoured, keys)
        }
    }
}

@Suite struct RealReleaseSignatureTests {
    /// 2024-01-01.
    private static let now: Int64 = 1_704_067_200

    private func check(_ digest: String, for product: ReleaseProduct) throws -> VerifiedReleaseSignature {
        try ReleaseSignatureVerifier(keyRing: try BuiltInKeys.ring(for: product), now: Self.now, keyAdvice: "ask them")
            .check(try SignatureText.real(digest), of: try Digest(digest))
    }

    @Test func builtInKeysAreThoseNamed() throws {
        #expect(
            try BuiltInKeys.ring(for: .ocp).keys.map(\.fingerprint) == [
                "567E347AD0044ADE55BA8A5F199E2F91FD431D51", "B08B659EE86AF623BC90E8DB938A80CAF21541EB",
            ]
        )
        #expect(
            try BuiltInKeys.ring(for: .okd).keys.map(\.fingerprint) == ["D04761B116203B0C0859B61628B76E05B923888E"]
        )
    }

    @Test func acceptsWhatRedHatSigned() throws {
        let found = try check(SignatureText.redHat, for: .ocp)
        #expect(found.reference == "registry.access.redhat.com/rhel7:7.6")
        #expect(found.signedAt == 1_554_833_664)
        #expect(found.signer.hasPrefix("567E347AD0044ADE55BA8A5F199E2F91FD431D51 Red Hat, Inc. (release key 2)"))
        #expect(found.notes == [])
    }

    @Test func acceptsWhatWasSignedBeforeTheKeyExpired() throws {
        let found = try check(SignatureText.openShiftCI, for: .okd)
        #expect(found.tag?.text == "4.0.0-0.ci-2019-04-19-181452")
        #expect(found.notes.count == 1)
        #expect(found.notes.first?.hasPrefix("the key expired on 2021-") == true)
    }

    @Test(arguments: [(SignatureText.redHat, ReleaseProduct.okd), (SignatureText.openShiftCI, .ocp)])
    func refusesTheOthersKey(digest: String, product: ReleaseProduct) {
        #expect { try check(digest, for: product) } throws: {
            guard let error = $0 as? ReleasesError else { return false }
            return error.code == .signatureUnknownKey && error.reason.hasSuffix("; ask them")
        }
    }
}
