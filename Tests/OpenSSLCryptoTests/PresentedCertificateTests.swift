import FerryTestSupport
import Foundation
import HTTPTestSupport
import OpenSSLCrypto
import SeededRandom
import Testing

struct PresentedCertificateTests {
    private func der(_ pem: String) throws -> [UInt8] {
        let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        return Array(try #require(Data(base64Encoded: body)))
    }

    @Test func `says what it is`() throws {
        let own = try #require(PresentedCertificate(der: der(TestIdentity.expired.certificate)))
        #expect(own.subject == "CN=localhost")
        #expect(own.issuer == "CN=Ferry Test Root")
        #expect(own.names == ["localhost", "127.0.0.1"])
        #expect(own.notBefore == 1_577_836_800)
        #expect(own.notAfter == 1_609_459_200)
        #expect(!own.isSelfIssued)
        let root = try #require(PresentedCertificate(der: der(TestIdentity.rootCertificate)))
        #expect(root.isSelfIssued)
        #expect(root.names == ["Ferry Test Root"])
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST", true), ("127.0.0.1", true), ("127.0.0.2", false), ("", false),
        ("localhost.example.com", false), ("local\0host", false), ("::1", false),
    ])
    func `is for some hosts`(host: String, matches: Bool) throws {
        let certificate = try #require(PresentedCertificate(der: der(TestIdentity.expired.certificate)))
        #expect(certificate.matches(host: host) == matches)
    }

    @Test func `is read without harm when it is damaged`() throws {
        let good = try der(TestIdentity.named.certificate)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<3_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let read = PresentedCertificate(der: bytes)
            #expect((read?.subject.count ?? 0) <= 200)
            #expect(read?.subject.contains("\n") != true)
            _ = read?.matches(host: "api.ferry.test")
        }
        for count in 0..<good.count { #expect(PresentedCertificate(der: Array(good.prefix(count))) == nil) }
        #expect(PresentedCertificate(der: [UInt8](repeating: 0x30, count: 1 << 20)) == nil)
    }
}
