import Foundation

@testable import OpenPGP

/// The real files beside these tests.
enum Fixture {
    /// Some time after both signatures were made and after one of the keys expired: 2026-01-01.
    static let now: Int64 = 1_767_225_600

    /// The bytes of a file.
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    /// The keys of a file.
    static func ring(_ name: String) throws -> KeyRing {
        try KeyRing(decoding: bytes(name), name: name)
    }

    /// What a message is refused for; nil when it is not.
    static func refusal(_ bytes: [UInt8], _ ring: KeyRing, at now: Int64 = now) -> OpenPGPError.Code? {
        do throws(OpenPGPError) {
            _ = try SignedMessage.verify(bytes, with: ring, at: now)
            return nil
        } catch {
            return error.code
        }
    }
}
