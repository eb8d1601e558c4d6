internal import COpenSSL
package import OCIModel

/// Hashes a stream of bytes with SHA-256 or SHA-512, by the system's libcrypto.
///
/// It has one owner, who may hand it from task to task; `copy()` takes a snapshot that goes its own way, which is how a
/// resumed transfer continues a hash.
package struct ContentHasher: ~Copyable, @unchecked Sendable {
    /// The algorithm of the digest it makes.
    package let algorithm: Digest.Algorithm
    /// How many bytes it has seen.
    package private(set) var count: Int64 = 0
    /// Changed only through mutating and consuming functions, so by one task at a time; libcrypto ties it to no thread.
    private let context: OpaquePointer

    /// Starts an empty hash.
    ///
    /// - Throws: `OpenSSLError` when libcrypto refuses (out of memory, or an algorithm that the host's policy forbids).
    package init(_ algorithm: Digest.Algorithm = .sha256) throws(OpenSSLError) {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError("EVP_MD_CTX_new") }
        let method = algorithm == .sha256 ? EVP_sha256() : EVP_sha512()
        guard EVP_DigestInit_ex(context, method, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw OpenSSLError("EVP_DigestInit_ex")
        }
        self.algorithm = algorithm
        self.context = context
    }

    private init(context: OpaquePointer, algorithm: Digest.Algorithm, count: Int64) {
        self.context = context
        self.algorithm = algorithm
        self.count = count
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) throws(OpenSSLError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        guard EVP_DigestUpdate(context, base, bytes.count) == 1 else { throw OpenSSLError("EVP_DigestUpdate") }
        count += Int64(bytes.count)
    }

    /// Adds bytes.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package mutating func update(_ bytes: [UInt8]) throws(OpenSSLError) {
        var failure: OpenSSLError?
        bytes.withUnsafeBytes { buffer in
            do throws(OpenSSLError) { try update(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// A hasher that has seen the same bytes and goes its own way.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package borrowing func copy() throws(OpenSSLError) -> ContentHasher {
        guard let other = EVP_MD_CTX_new() else { throw OpenSSLError("EVP_MD_CTX_new") }
        guard EVP_MD_CTX_copy_ex(other, context) == 1 else {
            EVP_MD_CTX_free(other)
            throw OpenSSLError("EVP_MD_CTX_copy_ex")
        }
        return ContentHasher(context: other, algorithm: algorithm, count: count)
    }

    /// Ends the hash.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package consuming func finish() throws(OpenSSLError) -> Digest {
        var hash = [UInt8](repeating: 0, count: 64)
        var length: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &hash, &length) == 1 else { throw OpenSSLError("EVP_DigestFinal_ex") }
        do {
            return try Digest(algorithm: algorithm, hash: hash.prefix(Int(length)))
        } catch {
            throw OpenSSLError("a \(algorithm.rawValue) hash of \(length) bytes")
        }
    }

    /// The digest of some bytes at once.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package static func digest(
        of bytes: some Sequence<UInt8>,
        _ algorithm: Digest.Algorithm = .sha256
    ) throws(OpenSSLError) -> Digest {
        var hasher = try ContentHasher(algorithm)
        try hasher.update(Array(bytes))
        return try hasher.finish()
    }
}
