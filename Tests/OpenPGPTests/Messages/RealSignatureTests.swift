import Testing

@testable import OpenPGP

@Suite("Signatures as they are published")
struct RealSignatureTests {
    @Test("Red Hat's, of version 3", arguments: ["keyring-redhat.asc", "keyring-redhat-release-and-beta.asc"])
    func redHat(ring: String) throws {
        let message = try SignedMessage.verify(
            Fixture.bytes("redhat-release-key-2.sig"),
            with: Fixture.ring(ring),
            at: Fixture.now
        )
        #expect(String(decoding: message.content, as: UTF8.self).contains("sha256:e3f12513a4b22a2d7c0e7c92"))
        #expect(message.content.count == 296)
        #expect(message.signedAt == 1_554_833_664)
        #expect(message.signingFingerprint == "567E347AD0044ADE55BA8A5F199E2F91FD431D51")
        #expect(message.key.userIDs == ["Red Hat, Inc. (release key 2) <security@redhat.com>"])
        #expect(message.key.created == 1_256_212_795)
        #expect(message.key.expires == nil)
        #expect(!message.key.isRevoked)
    }

    @Test("OpenShift's, whose key has expired since")
    func openShift() throws {
        let message = try SignedMessage.verify(
            Fixture.bytes("openshift-ci.sig"),
            with: Fixture.ring("keyring-simple.asc"),
            at: Fixture.now
        )
        #expect(String(decoding: message.content, as: UTF8.self).contains("sha256:edd9824f0404f1a139688017e7001370"))
        #expect(message.signedAt == 1_555_943_751)
        #expect(message.key.expires == 1_618_979_499)
        #expect(message.key.userIDs == ["openshift-ci"])
    }

    @Test("The other's key is unknown, and the text names the one that signed")
    func unknownKey() throws {
        let ring = try Fixture.ring("keyring-simple.asc")
        do throws(OpenPGPError) {
            _ = try SignedMessage.verify(
                (try? Fixture.bytes("redhat-release-key-2.sig")) ?? [],
                with: ring,
                at: Fixture.now
            )
            Issue.record("accepted")
        } catch {
            #expect(error.code == .unknownKey)
            #expect(error.reason.contains("199E2F91FD431D51"))
        }
    }

    @Test("A signature from the future is refused, up to a day excepted", arguments: [0, 86_400])
    func future(ahead: Int64) throws {
        let ring = try Fixture.ring("keyring-simple.asc")
        let bytes = try Fixture.bytes("openshift-ci.sig")
        #expect(Fixture.refusal(bytes, ring, at: 1_555_943_751 - ahead) == nil)
        #expect(Fixture.refusal(bytes, ring, at: 1_555_943_751 - 86_401) == .signatureExpired)
    }

    @Test("Cut off at each byte", arguments: ["redhat-release-key-2.sig", "openshift-ci.sig"])
    func truncated(name: String) throws {
        var ring = try Fixture.ring("keyring-simple.asc")
        ring.add(try Fixture.ring("keyring-redhat.asc"))
        let bytes = try Fixture.bytes(name)
        #expect(Fixture.refusal(bytes, ring) == nil)
        for count in bytes.indices {
            let code = Fixture.refusal(Array(bytes.prefix(count)), ring)
            #expect(code == .truncated, "\(count) of \(bytes.count) bytes")
        }
    }

    @Test("Bytes that follow", arguments: ["redhat-release-key-2.sig", "openshift-ci.sig"])
    func trailing(name: String) throws {
        var ring = try Fixture.ring("keyring-simple.asc")
        ring.add(try Fixture.ring("keyring-redhat.asc"))
        let bytes = try Fixture.bytes(name)
        for tail: [UInt8] in [[0], [0x0a], [0xff], bytes] {
            #expect(Fixture.refusal(bytes + tail, ring) == .trailingGarbage)
        }
    }
}
