import OpenSSLCrypto

extension PublicKeyPacket {
    /// Whether this key made a signature; its dates and what the key may do are not looked at.
    ///
    /// - Parameters:
    ///   - signature: the signature.
    ///   - pieces: what is signed, without the signature's own trailer.
    ///   - allowsSHA1: whether SHA-1 will do, which it does only for what trusted keys say of themselves.
    /// - Returns: false for algorithms that are not supported, too.
    func made(_ signature: SignaturePacket, over pieces: [ArraySlice<UInt8>], allowsSHA1: Bool = false) -> Bool {
        guard
            signature.algorithm == algorithm,
            let function = signature.hash.function, allowsSHA1 || function != .sha1,
            let hash = try? function.hash(of: pieces + [signature.trailer[...]]),
            hash.starts(with: signature.hashStart)
        else { return false }
        switch (material, signature.value) {
        case (.rsa(let key), .rsa(let number)):
            guard number.count <= key.size else { return false }
            let padded = [UInt8](repeating: 0, count: key.size - number.count) + number
            return key.accepts(padded, ofHash: hash, by: function)
        case (.ed25519(let key), .ed25519(let bytes)): return key.accepts(bytes, of: hash)
        default: return false
        }
    }
}
