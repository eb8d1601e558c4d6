import Foundation
import OpenSSLCrypto

/// Reads the keys that sign media sets and check their signatures.
enum KeyFile {
    /// One more than the largest key file has, so that a larger one is noticed.
    private static let readLimit = (64 << 10) + 1

    /// Reads a private key; nil for no path.
    ///
    /// - Throws: `FerryError` that names the file and what is wrong with it.
    static func signingKey(_ path: String?) async throws -> SigningKey? {
        guard let path else { return nil }
        return try await LocalFiles.run {
            var bytes = try read(path)
            do throws(SignatureKeyError) {
                return try SigningKey(erasing: &bytes, name: path)
            } catch {
                throw FerryError("--sign-key: \(error.message)")
            }
        }
    }

    /// Reads public keys or certificates.
    ///
    /// - Throws: `FerryError` that names the file and what is wrong with it.
    static func verificationKeys(_ paths: [String]) async throws -> [VerificationKey] {
        try await LocalFiles.run {
            try paths.map { path in
                do {
                    return try VerificationKey(pem: try read(path), name: path)
                } catch let error as SignatureKeyError {
                    throw FerryError("--verify-key: \(error.message)")
                }
            }
        }
    }

    /// Reads into memory that is not copied, because it may hold a secret; pipes are fine.
    private static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: readLimit) { buffer, initialized in
            while initialized < buffer.count {
                let count = Foundation.read(
                    descriptor,
                    buffer.baseAddress?.advanced(by: initialized),
                    buffer.count - initialized
                )
                if count < 0, errno == EINTR { continue }
                if count < 0 { code = errno }
                guard count > 0 else { break }
                initialized += count
            }
        }
        guard code == 0 else { throw failure(path, code) }
        return bytes
    }

    private static func failure(_ path: String, _ code: Int32 = errno) -> FerryError {
        FerryError("cannot read the key \(path): \(String(cString: strerror(code)))")
    }
}
