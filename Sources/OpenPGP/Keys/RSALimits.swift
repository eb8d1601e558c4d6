/// How long RSA keys may be, in bits of the modulus.
enum RSALimits {
    /// What is checked: below it is too weak, above it nobody signs, and it would cost much.
    static let supportedBits = 2_048...4_096
    /// What is read, so that it can be refused by its length.
    static let readableBits = 16_384
}
