/// The content address of a blob or manifest: an algorithm and a lower-case hexadecimal hash.
///
/// Grammar and registered algorithms: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
package struct Digest: Hashable, Sendable, Comparable {
    /// A registered hash algorithm.
    package enum Algorithm: String, Sendable, CaseIterable {
        /// SHA-256, the usual one.
        case sha256
        /// SHA-512.
        case sha512

        /// How many hexadecimal digits a hash of this algorithm has.
        package var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha512: 128
            }
        }
    }

    /// The algorithm that made the hash.
    package let algorithm: Algorithm
    /// The hash in lower-case hexadecimal, `algorithm.hexLength` digits.
    package let hex: String

    /// Parses `sha256:…` or `sha512:…`.
    ///
    /// - Throws: `OCIModelError.invalidDigest` when the text is anything else.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw OCIModelError(.invalidDigest, subject: text, reason: "is not a digest: it has no \":\"")
        }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw OCIModelError(
                .invalidDigest,
                subject: text,
                reason: "uses a digest algorithm other than sha256, sha512"
            )
        }
        try self.init(algorithm: algorithm, hex: String(text[text.index(after: colon)...]))
    }

    /// Makes a digest from its two parts.
    ///
    /// - Throws: `OCIModelError.invalidDigest` when `hex` is not `algorithm.hexLength` lower-case hex digits.
    package init(algorithm: Algorithm, hex: String) throws(OCIModelError) {
        let utf8 = hex.utf8
        guard utf8.count == algorithm.hexLength else {
            throw OCIModelError(
                .invalidDigest,
                subject: hex,
                reason: "is not a \(algorithm.rawValue) digest: \(algorithm.hexLength) hexadecimal digits are needed, "
                    + "it has \(utf8.count)"
            )
        }
        guard utf8.allSatisfy({ Self.isLowerHexDigit($0) }) else {
            throw OCIModelError(
                .invalidDigest,
                subject: hex,
                reason: "has characters other than 0-9 and a-f in its digest"
            )
        }
        self.algorithm = algorithm
        self.hex = hex
    }

    /// Makes a digest from the raw hash, as a hasher returns it.
    ///
    /// - Throws: `OCIModelError.invalidDigest` when the number of bytes does not fit the algorithm.
    package init(algorithm: Algorithm, hash: some Collection<UInt8>) throws(OCIModelError) {
        try self.init(algorithm: algorithm, hex: Self.hexText(hash))
    }

    /// Lower-case hexadecimal text of some bytes, by table.
    package static func hexText(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Orders by text, so that sorted output is the same everywhere.
    package static func < (left: Digest, right: Digest) -> Bool {
        (left.algorithm.rawValue, left.hex) < (right.algorithm.rawValue, right.hex)
    }

    private static func isLowerHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension Digest: CustomStringConvertible {
    /// `algorithm:hex`.
    package var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve hex digits, for messages.
    package var short: String { String(hex.prefix(12)) }
}

extension Digest: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError.invalidDigest` when it is no digest.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
