import FerryTestSupport
import Foundation
import OpenSSLCrypto
import Testing

/// All keys are made by the openssl program while the tests run.
@Suite("Keys that sign and check", .enabled(if: toolPath("openssl") != nil))
struct KeyTests {
    private static let message = Array("{\"format\":1}".utf8)

    /// Ways to make a private key that can be used, each ending in `-out`'s value.
    private static let good: [[String]] = [
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ["genpkey", "-algorithm", "ed25519"],
        // SEC1, with a block of parameters before the key and without.
        ["ecparam", "-name", "prime256v1", "-genkey"],
        ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
    ]

    private func openssl(_ words: [String], input: String = "") async throws {
        let result = try await runProcess(try requireTool("openssl"), words, input: input)
        try #require(result.status == 0, "\(words) \(result)")
    }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    private func signingKey(_ path: String) throws -> SigningKey {
        var pem = try bytes(path)
        defer { #expect(pem.allSatisfy { $0 == 0 }, "the bytes of the key are erased") }
        return try SigningKey(erasing: &pem, name: path)
    }

    private func expectRefusal(
        _ code: SignatureKeyError.Code,
        _ part: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) {
        let error = #expect(throws: SignatureKeyError.self, sourceLocation: sourceLocation) { try body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    }

    @Test("what a key signs, its public key accepts, as a file and in a certificate; nothing else", arguments: good)
    func roundTrip(words: [String]) async throws {
        try await withTemporaryFolder { folder in
            let (key, other) = ("\(folder)/key.pem", "\(folder)/other.pem")
            try await openssl(words + ["-out", key])
            try await openssl(words + ["-out", other])
            try await openssl(["pkey", "-in", key, "-pubout", "-out", "\(folder)/pub.pem"])
            try await openssl(["pkey", "-in", other, "-pubout", "-out", "\(folder)/wrong.pem"])
            try await openssl(["req", "-x509", "-key", key, "-subj", "/CN=x", "-out", "\(folder)/crt.pem"])

            let signing = try signingKey(key)
            let signature = try signing.sign(Self.message)
            #expect(signing.algorithm == .ed25519 ? signature.count == 64 : signature.first == 0x30)
            for name in ["pub.pem", "crt.pem"] {
                let checking = try VerificationKey(pem: bytes("\(folder)/\(name)"), name: name)
                #expect(checking.algorithm == signing.algorithm)
                #expect(checking.accepts(signature, of: Self.message))
                #expect(!checking.accepts(signature, of: Self.message + [0]))
                #expect(!checking.accepts([], of: Self.message))
                #expect(!checking.accepts(signature + [0], of: Self.message))
                for index in signature.indices {
                    var flipped = signature
                    flipped[index] ^= 1
                    #expect(!checking.accepts(flipped, of: Self.message), "byte \(index)")
                }
            }
            let wrong = try VerificationKey(pem: bytes("\(folder)/wrong.pem"), name: "wrong.pem")
            #expect(!wrong.accepts(signature, of: Self.message))

            expectRefusal(.wrongKind, "no private key") { _ = try signingKey("\(folder)/pub.pem") }
            expectRefusal(.wrongKind, "no public key") { _ = try VerificationKey(pem: bytes(key), name: "key") }
        }
    }

    @Test(
        "other kinds of keys are refused with a sentence that names them",
        arguments: [
            (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "kind RSA"),
            (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "EC (secp384r1)"),
            (["genpkey", "-algorithm", "ed448"], "kind ED448"),
            (["genpkey", "-algorithm", "X25519"], "kind X25519"),
        ]
    )
    func otherKinds(words: [String], part: String) async throws {
        try await withTemporaryFolder { folder in
            let (key, pub) = ("\(folder)/key.pem", "\(folder)/pub.pem")
            try await openssl(words + ["-out", key])
            try await openssl(["pkey", "-in", key, "-pubout", "-out", pub])
            expectRefusal(.unsupportedAlgorithm, part) { _ = try signingKey(key) }
            expectRefusal(.unsupportedAlgorithm, part) { _ = try VerificationKey(pem: bytes(pub), name: pub) }
        }
    }

    @Test("a key behind a passphrase is refused, in PKCS#8 and in SEC1")
    func encrypted() async throws {
        try await withTemporaryFolder { folder in
            let key = "\(folder)/key.pem"
            try await openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
            let commands = [["pkcs8", "-topk8"], ["ec", "-aes256"]]
            for (index, command) in commands.enumerated() {
                let path = "\(folder)/\(index).pem"
                try await openssl(command + ["-in", key, "-passout", "pass:secret", "-out", path])
                expectRefusal(.encrypted, "passphrase") { _ = try signingKey(path) }
            }
        }
    }

    @Test(
        "garbage is refused",
        arguments: [
            ("", .notPEM), ("hello", .notPEM), ("-----BEGIN PRIVATE KEY-----\nAAAA\n", .notPEM),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", .notPEM),
            ("-----BEGIN X-----\nAAAA\n-----END X-----", .malformed),
            ("-----BEGIN X-----\n!!!!\n-----END X-----\n", .malformed),
            ("-----BEGIN X-----\n-----END X-----\n", .malformed),
            ("-----BEGIN X-----\r\nAAAA\r\n-----END X-----\r\n", .malformed),
            (
                "-----BEGIN X-----\nAAAA\n-----END X-----\n-----BEGIN X-----\nAAAA\n-----END X-----\n", .severalKeys
            ),
            (String(repeating: "a", count: (64 << 10) + 1), .tooLarge),
        ] as [(String, SignatureKeyError.Code)]
    )
    func garbage(text: String, code: SignatureKeyError.Code) throws {
        var secret = Array(text.replacingOccurrences(of: " X-", with: " PRIVATE KEY-").utf8)
        expectRefusal(code, "file.pem") { _ = try SigningKey(erasing: &secret, name: "file.pem") }
        #expect(secret.allSatisfy { $0 == 0 })
        let known = text.replacingOccurrences(of: " X-", with: " PUBLIC KEY-")
            .replacingOccurrences(of: "PRIVATE", with: "PUBLIC")
            .replacingOccurrences(
                of: "END PUBLIC KEY-----\n",
                with: code == .notPEM ? "END -----\n" : "END PUBLIC KEY-----\n"
            )
        expectRefusal(code, "file.pem") { _ = try VerificationKey(pem: Array(known.utf8), name: "file.pem") }
    }
}
