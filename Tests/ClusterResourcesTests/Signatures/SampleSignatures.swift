import OCIModel

@testable import ClusterResources

/// Signatures as the tests need them; their bytes are random, as nothing reads them.
enum SampleSignatures {
    static func digest(_ number: Int) throws -> Digest {
        let hex = String(number, radix: 16)
        return try Digest(algorithm: .sha256, hex: hex + String(repeating: "0", count: 64 - hex.utf8.count))
    }

    /// Releases, each with one signature for itself and one for a child.
    static func entries(releases: Int, bytes: Int) throws -> [ReleaseSignatureEntry] {
        try (1...releases).map { number in
            let release = try digest(0x1000 + number)
            return ReleaseSignatureEntry(
                release: release,
                signatures: [
                    .init(digest: release, bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes)),
                    .init(digest: try digest(0x2000 + number), bytes: [UInt8](repeating: 0xff, count: bytes)),
                ]
            )
        }
    }
}
