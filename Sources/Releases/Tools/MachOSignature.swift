/// The signature inside a program for macOS, as far as a change of a few bytes concerns it.
///
/// A linker signs a program without any key ("ad hoc"): the signature is a list of the hashes of the program's pages. A
/// Mac with an Apple processor ends a program whose pages do not have these hashes. So whoever changes bytes writes the
/// hashes of their pages anew; `oc` does the same.
///
/// https://github.com/apple-oss-distributions/xnu/blob/main/osfmk/kern/cs_blobs.h,
/// https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h
package enum MachOSignature: Hashable, Sendable {
    /// Hashes and nothing else.
    case adHoc([MachOPageHashes])
    /// Something that cannot be made anew without the key, or is not understood.
    case foreign

    /// The largest header with load commands that is looked at, in bytes.
    package static let maximumHeaderBytes = 1 << 20
    /// The largest signature that is looked at, in bytes.
    package static let maximumBytes: Int64 = 64 << 20

    /// Where a program's signature is.
    ///
    /// - Parameter header: the first bytes of the program, up to ``maximumHeaderBytes``.
    /// - Returns: the range in bytes; nil when there is none, or this is no program for 64-bit macOS.
    package static func range(inProgramWith header: [UInt8]) -> Range<Int64>? {
        let header = MachOBytes(header)
        guard header.little(at: 0) == 0xfeed_facf, let count = header.little(at: 16) else { return nil }
        var offset = 32
        for _ in 0..<min(count, 10_000) {
            guard let command = header.little(at: offset), let size = header.little(at: offset + 4), size >= 8,
                size <= maximumHeaderBytes
            else { return nil }
            if command == 0x1d, let start = header.little(at: offset + 8), let length = header.little(at: offset + 12) {
                return Int64(start)..<Int64(start) + Int64(length)
            }
            offset += Int(size)
        }
        return nil
    }

    /// Reads a signature.
    ///
    /// - Parameters:
    ///   - bytes: the signature.
    ///   - offset: where it is in the program.
    package init(_ bytes: [UInt8], at offset: Int64) {
        let blob = MachOBytes(bytes)
        guard blob.big(at: 0) == 0xfade_0cc0, let count = blob.big(at: 8), count <= 64 else {
            self = .foreign
            return
        }
        var tables: [MachOPageHashes] = []
        for index in 0..<Int(count) {
            guard let start = blob.big(at: 16 + index * 8).map(Int.init), let magic = blob.big(at: start),
                let length = blob.big(at: start + 4)
            else {
                self = .foreign
                return
            }
            if magic == 0xfade_0c02 {
                guard let table = MachOPageHashes(blob, at: start, signatureOffset: offset) else {
                    self = .foreign
                    return
                }
                tables.append(table)
            } else if magic == 0xfade_0b01, length > 8 {
                // A signature with a key.
                self = .foreign
                return
            }
        }
        self = tables.isEmpty ? .foreign : .adHoc(tables)
    }
}

/// The list of the SHA-256 hashes of a program's pages.
package struct MachOPageHashes: Hashable, Sendable {
    /// A page and the place of its hash, both in bytes from the program's beginning.
    package struct Page: Hashable, Sendable {
        /// The bytes that are hashed.
        package let range: Range<Int64>
        /// Where the 32 bytes of the hash are.
        package let hashOffset: Int64
    }

    private let firstHash: Int64
    private let count: Int64
    private let pageBytes: Int64
    private let limit: Int64

    /// Reads a code directory; nil when it is of a kind that is not understood.
    fileprivate init?(_ blob: MachOBytes, at start: Int, signatureOffset: Int64) {
        guard let length = blob.big(at: start + 4), let version = blob.big(at: start + 8),
            let hashes = blob.big(at: start + 16), let count = blob.big(at: start + 28),
            let limit = blob.big(at: start + 32), let sizes = blob.big(at: start + 36)
        else { return nil }
        // Sizes are four bytes: of a hash, its kind (2 is SHA-256), the platform, and the page's as a power of two.
        guard sizes >> 24 == 32, sizes >> 16 & 0xff == 2, (12...16).contains(sizes & 0xff) else { return nil }
        guard Int64(hashes) + Int64(count) * 32 <= Int64(length), start + Int(length) <= blob.count else { return nil }
        // Programs of 4 GiB and more have their length elsewhere.
        if version >= 0x20300, blob.big(at: start + 56) != 0 || blob.big(at: start + 60) != 0 { return nil }
        firstHash = signatureOffset + Int64(start) + Int64(hashes)
        self.count = Int64(count)
        pageBytes = 1 << Int64(sizes & 0xff)
        self.limit = Int64(limit)
        guard self.limit <= signatureOffset, self.count == (self.limit + pageBytes - 1) / pageBytes else { return nil }
    }

    /// The pages that some bytes of the program lie in.
    package func pages(of range: Range<Int64>) -> [Page] {
        guard range.lowerBound >= 0, !range.isEmpty, range.lowerBound < limit else { return [] }
        let last = (min(range.upperBound, limit) - 1) / pageBytes
        return (range.lowerBound / pageBytes...last).map { page in
            Page(
                range: page * pageBytes..<min((page + 1) * pageBytes, limit),
                hashOffset: firstHash + page * 32
            )
        }
    }
}

/// Numbers of four bytes at any place; nil outside.
private struct MachOBytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }

    func big(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= bytes.count - 4 else { return nil }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    func little(at offset: Int) -> UInt32? { big(at: offset)?.byteSwapped }
}
