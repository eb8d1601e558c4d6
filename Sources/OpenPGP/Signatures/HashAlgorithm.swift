import OpenSSLCrypto

/// The number of a hash in a packet (RFC 9580, section 9.5).
struct HashAlgorithm: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    let number: UInt8

    /// How it is computed; nil for those that are not.
    var function: SignatureHash? {
        switch number {
        case 2: .sha1
        case 8: .sha256
        case 9: .sha384
        case 10: .sha512
        default: nil
        }
    }

    /// Whether it is MD5 or SHA-1, of which collisions are known.
    var isWeak: Bool { number == 1 || number == 2 }

    /// Its name.
    var description: String {
        switch number {
        case 1: "MD5"
        case 3: "RIPEMD-160"
        case 11: "SHA-224"
        case 12: "SHA3-256"
        case 14: "SHA3-512"
        default: function?.rawValue ?? "hash number \(number)"
        }
    }
}
