internal import COpenSSL
import OCIModel

/// The memory of one hash inside libcrypto; whoever made it frees it once.
enum HashEngine {
    /// By the providers that the host's policy chooses; its state stays inside.
    case provider(OpaquePointer)
    /// SHA-256 whose state can be saved.
    case sha256(UnsafeMutablePointer<SHA256_CTX>)
    /// SHA-512 whose state can be saved.
    case sha512(UnsafeMutablePointer<SHA512_CTX>)

    /// The policy of the host allows only its validated module, which does not give its state away.
    static var isPolicyStrict: Bool { EVP_default_properties_is_fips_enabled(nil) == 1 }

    /// Starts an empty hash.
    ///
    /// - Throws: `OpenSSLError`.
    init(_ algorithm: Digest.Algorithm, savesState: Bool) throws(OpenSSLError) {
        guard savesState, !Self.isPolicyStrict else {
            guard let context = EVP_MD_CTX_new() else { throw OpenSSLError("EVP_MD_CTX_new") }
            self = .provider(context)
            guard EVP_DigestInit_ex(context, algorithm == .sha256 ? EVP_sha256() : EVP_sha512(), nil) == 1 else {
                free()
                throw OpenSSLError("EVP_DigestInit_ex")
            }
            return
        }
        switch algorithm {
        case .sha256:
            let context = UnsafeMutablePointer<SHA256_CTX>.allocate(capacity: 1)
            context.initialize(to: SHA256_CTX())
            SHA256_Init(context)
            self = .sha256(context)
        case .sha512:
            let context = UnsafeMutablePointer<SHA512_CTX>.allocate(capacity: 1)
            context.initialize(to: SHA512_CTX())
            SHA512_Init(context)
            self = .sha512(context)
        }
    }

    func free() {
        switch self {
        case .provider(let context): EVP_MD_CTX_free(context)
        case .sha256(let context): context.deallocate()
        case .sha512(let context): context.deallocate()
        }
    }

    func update(_ base: UnsafeRawPointer, _ count: Int) throws(OpenSSLError) {
        let result =
            switch self {
            case .provider(let context): EVP_DigestUpdate(context, base, count)
            case .sha256(let context): SHA256_Update(context, base, count)
            case .sha512(let context): SHA512_Update(context, base, count)
            }
        guard result == 1 else { throw OpenSSLError("hash update") }
    }

    /// The hash of all bytes; nothing may be added any more.
    func finish() throws(OpenSSLError) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: 64)
        var length: UInt32 = 0
        let result: Int32
        switch self {
        case .provider(let context): result = EVP_DigestFinal_ex(context, &hash, &length)
        case .sha256(let context): (result, length) = (SHA256_Final(&hash, context), 32)
        case .sha512(let context): (result, length) = (SHA512_Final(&hash, context), 64)
        }
        guard result == 1 else { throw OpenSSLError("hash end") }
        return Array(hash.prefix(Int(length)))
    }

    func copy() throws(OpenSSLError) -> HashEngine {
        switch self {
        case .provider(let context):
            guard let other = EVP_MD_CTX_new() else { throw OpenSSLError("EVP_MD_CTX_new") }
            guard EVP_MD_CTX_copy_ex(other, context) == 1 else {
                EVP_MD_CTX_free(other)
                throw OpenSSLError("EVP_MD_CTX_copy_ex")
            }
            return .provider(other)
        case .sha256(let context):
            let other = UnsafeMutablePointer<SHA256_CTX>.allocate(capacity: 1)
            other.initialize(to: context.pointee)
            return .sha256(other)
        case .sha512(let context):
            let other = UnsafeMutablePointer<SHA512_CTX>.allocate(capacity: 1)
            other.initialize(to: context.pointee)
            return .sha512(other)
        }
    }

    /// Chaining value and the bytes of the block that is not full yet, the same on every machine; nil when they cannot
    /// be had.
    var state: [UInt8]? {
        switch self {
        case .provider: return nil
        case .sha256(let context):
            return withUnsafeBytes(of: context.pointee.h) { Self.bigEndian($0.bindMemory(to: UInt32.self)) }
                + withUnsafeBytes(of: context.pointee.data) { Array($0.prefix(Int(context.pointee.num))) }
        case .sha512(let context):
            return withUnsafeBytes(of: context.pointee.h) { Self.bigEndian($0.bindMemory(to: UInt64.self)) }
                + withUnsafeBytes(of: context.pointee.u) { Array($0.prefix(Int(context.pointee.num))) }
        }
    }

    /// Takes a state up; false when it is none of a hash of `count` bytes, or cannot be taken.
    func restore(_ state: [UInt8], count: Int64) -> Bool {
        guard count >= 0 else { return false }
        switch self {
        case .provider: return false
        case .sha256(let context):
            let partial = Int(count % 64)
            guard state.count == 32 + partial else { return false }
            withUnsafeMutableBytes(of: &context.pointee.h) { Self.load(state, into: $0.bindMemory(to: UInt32.self)) }
            withUnsafeMutableBytes(of: &context.pointee.data) { $0.copyBytes(from: state.dropFirst(32)) }
            // Lengths are kept in bits, in two halves.
            let bits = UInt64(count) &<< 3
            context.pointee.Nl = UInt32(truncatingIfNeeded: bits)
            context.pointee.Nh = UInt32(truncatingIfNeeded: bits >> 32)
            context.pointee.num = UInt32(partial)
        case .sha512(let context):
            let partial = Int(count % 128)
            guard state.count == 64 + partial else { return false }
            withUnsafeMutableBytes(of: &context.pointee.h) { Self.load(state, into: $0.bindMemory(to: UInt64.self)) }
            withUnsafeMutableBytes(of: &context.pointee.u) { $0.copyBytes(from: state.dropFirst(64)) }
            context.pointee.Nl = UInt64(count) &<< 3
            context.pointee.Nh = UInt64(count) >> 61
            context.pointee.num = UInt32(partial)
        }
        return true
    }

    private static func bigEndian<Word: FixedWidthInteger>(_ words: UnsafeBufferPointer<Word>) -> [UInt8] {
        words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    private static func load<Word: FixedWidthInteger>(_ state: [UInt8], into words: UnsafeMutableBufferPointer<Word>) {
        let width = MemoryLayout<Word>.size
        for index in words.indices {
            words[index] = state[index * width..<(index + 1) * width].reduce(0) { $0 << 8 | Word($1) }
        }
    }
}
