internal import COpenSSL

/// The hash inside a signature whose format is not ours.
package enum SignatureHash: String, Hashable, Sendable {
    /// Broken by collisions: only for fingerprints, and for what a trusted key says of itself.
    case sha1 = "SHA-1"
    /// SHA-256.
    case sha256 = "SHA-256"
    /// SHA-384.
    case sha384 = "SHA-384"
    /// SHA-512.
    case sha512 = "SHA-512"

    /// libcrypto's name for it; libcrypto keeps it for ever.
    var method: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }

    /// The hash of several pieces of bytes, one after the other.
    ///
    /// - Throws: `OpenSSLError` when libcrypto refuses (out of memory, or an algorithm that the host's policy forbids).
    package func hash(of pieces: [ArraySlice<UInt8>]) throws(OpenSSLError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex(context, method, nil) == 1 else { throw OpenSSLError("EVP_DigestInit_ex") }
        for piece in pieces {
            let result = piece.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
            guard result == 1 else { throw OpenSSLError("EVP_DigestUpdate") }
        }
        var hash = [UInt8](repeating: 0, count: 64)
        var length: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &hash, &length) == 1 else { throw OpenSSLError("EVP_DigestFinal_ex") }
        return Array(hash.prefix(Int(length)))
    }
}
