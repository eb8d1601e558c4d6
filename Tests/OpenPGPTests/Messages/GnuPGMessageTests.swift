import FerryTestSupport
import Foundation
import Testing

@testable import OpenPGP

@Suite("Messages that GnuPG has signed", .enabled(if: GPG.isInstalled))
struct GnuPGMessageTests {
    private static let content = Array("{\"critical\": {\"type\": \"atomic container signature\"}}".utf8)
    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    @Test("Each length of key with each hash", arguments: ["rsa2048", "rsa3072", "rsa4096", "ed25519"])
    func algorithms(algorithm: String) async throws {
        try await GPG.with { gpg in
            let fingerprint = try await gpg.makeKey("Ann", algorithm)
            let ring = try KeyRing(decoding: try await gpg.export(armored: true), name: "ring")
            for hash in ["SHA256", "SHA384", "SHA512"] {
                let bytes = try await gpg.sign(Self.content, by: "Ann", ["--digest-algo", hash])
                let message = try SignedMessage.verify(bytes, with: ring, at: Self.now)
                #expect(message.content == Self.content)
                #expect(message.signingFingerprint == fingerprint)
                #expect(message.key.fingerprint == fingerprint)
                #expect(message.key.userIDs == ["Ann"])
            }
            let weak = try await gpg.sign(
                Self.content,
                by: "Ann",
                ["--digest-algo", "SHA1", "--allow-weak-digest-algos"]
            )
            #expect(Fixture.refusal(weak, ring, at: Self.now) == .weakHash)
            let other = try await gpg.sign(Self.content, by: "Ann", ["--digest-algo", "SHA224"])
            #expect(Fixture.refusal(other, ring, at: Self.now) == .unsupported)
        }
    }

    @Test func compression() async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann")
            let ring = try KeyRing(decoding: try await gpg.export(), name: "ring")
            for name in ["none", "zip", "zlib", "bzip2"] {
                let bytes = try await gpg.sign(Self.content, by: "Ann", ["--compress-algo", name])
                #expect(Fixture.refusal(bytes, ring, at: Self.now) == nil, "\(name)")
                guard name != "none" else { continue }
                #expect(Fixture.refusal(bytes + [0], ring, at: Self.now) == .trailingGarbage, "\(name)")
                #expect(Fixture.refusal(bytes.dropLast(5), ring, at: Self.now) == .truncated, "\(name)")
            }
        }
    }

    @Test("Contents of all sizes, those without known length in parts")
    func sizes() async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann")
            let ring = try KeyRing(decoding: try await gpg.export(), name: "ring")
            for size in [0, 1, 191, 192, 8_383, 8_384, 70_000, 1_000_000] {
                let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
                for options in [
                    ["--compress-algo", "none"], ["--compress-algo", "zip"], ["--compress-algo", "bzip2"],
                ] {
                    let bytes = try await gpg.sign(content, by: "Ann", options)
                    #expect(try SignedMessage.verify(bytes, with: ring, at: Self.now).content == content)
                }
                // From a pipe, so that the length is not known before.
                let shell = """
                    cat \(gpg.path("content")) | gpg --homedir \(gpg.home) --batch --yes --no-tty --compress-algo none \
                    --output \(gpg.path("piped")) --sign
                    """
                let result = try await runProcess("/bin/sh", ["-c", shell])
                #expect(result.status == 0, "\(result)")
                let piped = try gpg.bytes("piped")
                #expect(try SignedMessage.verify(piped, with: ring, at: Self.now).content == content)
            }
            let tooLarge = [UInt8](repeating: 0, count: 2 << 20)
            for name in ["none", "zip", "zlib"] {
                let bytes = try await gpg.sign(tooLarge, by: "Ann", ["--compress-algo", name])
                #expect(Fixture.refusal(bytes, ring, at: Self.now) == .tooLarge, "\(name)")
            }
        }
    }

    @Test("Text is what was signed: with CR LF")
    func text() async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann")
            let ring = try KeyRing(decoding: try await gpg.export(), name: "ring")
            let bytes = try await gpg.sign(Array("one\ntwo\n".utf8), by: "Ann", ["--textmode"])
            #expect(try MessageParts(bytes).signature.type == .text)
            let message = try SignedMessage.verify(bytes, with: ring, at: Self.now)
            #expect(String(decoding: message.content, as: UTF8.self) == "one\r\ntwo\r\n")
        }
    }

    @Test("Other forms than one signature in a binary message")
    func otherForms() async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann")
            try await gpg.makeKey("Bob")
            let ring = try KeyRing(decoding: try await gpg.export(), name: "ring")
            let ann = try KeyRing(decoding: try await gpg.export("Ann"), name: "ring")
            for (options, refusal): ([String], OpenPGPError.Code) in [
                (["--detach-sign"], .malformed), (["--clear-sign"], .malformed), (["--armor"], .malformed),
                (["--local-user", "=Bob"], .malformed),
                (["--compress-algo", "none", "--local-user", "=Bob"], .malformed),
                (["--store"], .notSigned),
            ] {
                let bytes = try await gpg.sign(Self.content, by: "Ann", options)
                #expect(Fixture.refusal(bytes, ring, at: Self.now) == refusal, "\(options)")
            }
            let bytes = try await gpg.sign(Self.content, by: "Bob")
            #expect(Fixture.refusal(bytes, ring, at: Self.now) == nil)
            #expect(Fixture.refusal(bytes, ann, at: Self.now) == .unknownKey)
            for count in bytes.indices {
                #expect(Fixture.refusal(Array(bytes.prefix(count)), ring, at: Self.now) != nil, "\(count)")
            }
            #expect(Fixture.refusal(bytes + [0], ring, at: Self.now) == .trailingGarbage)
            #expect(Fixture.refusal(bytes + bytes, ring, at: Self.now) == .trailingGarbage)
        }
    }
}
