/// The number of an algorithm for keys in a packet (RFC 9580, section 9.1).
struct KeyAlgorithm: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    let number: UInt8

    /// RSA for everything.
    static let rsa = KeyAlgorithm(number: 1)
    /// RSA for signatures alone, deprecated.
    static let rsaSigning = KeyAlgorithm(number: 3)
    /// EdDSA with a named curve, deprecated; what GnuPG makes.
    static let legacyEdDSA = KeyAlgorithm(number: 22)
    /// Ed25519 of RFC 9580.
    static let ed25519 = KeyAlgorithm(number: 27)

    /// Its name.
    var description: String {
        switch number {
        case 1, 3: "RSA"
        case 2: "RSA for encryption only"
        case 16: "Elgamal"
        case 17: "DSA"
        case 18: "ECDH"
        case 19: "ECDSA"
        case 22: "EdDSA"
        case 25: "X25519"
        case 26: "X448"
        case 27: "Ed25519"
        case 28: "Ed448"
        default: "algorithm \(number)"
        }
    }
}
