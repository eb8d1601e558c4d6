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
    private let engine: HashEngine

    /// Starts an empty hash.
    ///
    /// - Parameters:
    ///   - algorithm: the algorithm.
    ///   - savesState: whether ``state`` is wanted. Such a hash is computed by libcrypto itself and not by the provider
    ///     that the host's policy names, except on hosts in FIPS mode, where there is no state then.
    /// - Throws: `OpenSSLError` when libcrypto refuses (out of memory, or an algorithm that the host's policy forbids).
    package init(_ algorithm: Digest.Algorithm = .sha256, savesState: Bool = false) throws(OpenSSLError) {
        engine = try HashEngine(algorithm, savesState: savesState)
        self.algorithm = algorithm
    }

    /// Goes on with a saved hash; nil when this is no state of that many bytes, or the host's policy is against it.
    ///
    /// A state with wrong contents cannot be told from a right one; the digest will be another.
    ///
    /// - Parameters:
    ///   - algorithm: the algorithm that it was saved with.
    ///   - state: what ``state`` gave.
    ///   - count: how many bytes it has seen.
    /// - Throws: `OpenSSLError` when libcrypto refuses.
    package init?(_ algorithm: Digest.Algorithm, state: [UInt8], count: Int64) throws(OpenSSLError) {
        let engine = try HashEngine(algorithm, savesState: true)
        guard engine.restore(state, count: count) else {
            engine.free()
            return nil
        }
        self.init(engine: engine, algorithm: algorithm, count: count)
    }

    private init(engine: HashEngine, algorithm: Digest.Algorithm, count: Int64) {
        self.engine = engine
        self.algorithm = algorithm
        self.count = count
    }

    deinit {
        engine.free()
    }

    /// The state of the hash, to go on with it in another process; nil when it was not asked for or cannot be had.
    ///
    /// With ``count`` it is all that is needed; at most 191 bytes, the same on every machine.
    package var state: [UInt8]? { engine.state }

    /// Adds bytes.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) throws(OpenSSLError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        try engine.update(base, bytes.count)
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
        ContentHasher(engine: try engine.copy(), algorithm: algorithm, count: count)
    }

    /// Ends the hash.
    ///
    /// - Throws: `OpenSSLError` when libcrypto fails.
    package consuming func finish() throws(OpenSSLError) -> Digest {
        let hash = try engine.finish()
        do {
            return try Digest(algorithm: algorithm, hash: hash)
        } catch {
            throw OpenSSLError("a \(algorithm.rawValue) hash of \(hash.count) bytes")
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
