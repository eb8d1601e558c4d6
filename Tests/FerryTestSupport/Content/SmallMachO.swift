import OCIModel
import OpenSSLCrypto

/// Programs for macOS in small, signed as linkers do.
package enum SmallMachO {
    private static func little(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    private static func big(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    /// A program of some code, which begins at byte 4096.
    ///
    /// - Parameters:
    ///   - code: the code.
    ///   - hashKind: what the signature says its hashes are; 2 is SHA-256.
    ///   - cms: a signature with a key; empty for none.
    /// - Returns: the program.
    /// - Throws: `OpenSSLError`.
    package static func make(code: [UInt8], hashKind: UInt8 = 2, cms: [UInt8] = []) throws -> [UInt8] {
        var header =
            little(0xfeed_facf) + little(0x0100_000c) + little(0) + little(2) + little(2) + little(40) + little(0)
        header += little(0)
        header += little(0x19) + little(24) + [UInt8](repeating: 0, count: 16)
        let limit = 4096 + code.count
        let pages = (limit + 4095) / 4096
        let directoryBytes = 88 + 8 + pages * 32
        let signatureBytes = 12 + 16 + directoryBytes + 8 + cms.count
        header += little(0x1d) + little(16) + little(UInt32(limit)) + little(UInt32(signatureBytes))
        let program = header + [UInt8](repeating: 0, count: 4096 - header.count) + code
        var directory = big(0xfade_0c02) + big(UInt32(directoryBytes)) + big(0x20400) + big(0x20002)
        directory += big(96) + big(88) + big(0) + big(UInt32(pages)) + big(UInt32(limit))
        directory += [32, hashKind, 0, 12] + [UInt8](repeating: 0, count: 88 - 40) + Array("program\0".utf8)
        directory += try hashes(program).joined()
        var signature = big(0xfade_0cc0) + big(UInt32(signatureBytes)) + big(2)
        signature += big(0) + big(28) + big(0x10000) + big(UInt32(28 + directoryBytes))
        return program + signature + directory + big(0xfade_0b01) + big(UInt32(8 + cms.count)) + cms
    }

    /// The SHA-256 hashes of the pages of a program without its signature.
    ///
    /// - Throws: `OpenSSLError`.
    package static func hashes(_ program: [UInt8]) throws -> [[UInt8]] {
        try stride(from: 0, to: program.count, by: 4096).map { start in
            let hex = try ContentHasher.digest(of: Array(program[start..<min(start + 4096, program.count)])).hex
            let digits = hex.compactMap { $0.hexDigitValue.map(UInt8.init) }
            return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
    }
}
