import OCIModel
import OpenSSLCrypto

/// Hashes a blob as a whole and, where its members' sums are not its digest, each member too.
struct MemberHasher: ~Copyable {
    private var whole: ContentHasher?
    private var member: ContentHasher?
    /// The sums of the members that ended; empty when the one member's sum is the blob's digest.
    private(set) var sums: [String] = []

    /// Starts at a blob's first byte.
    ///
    /// - Throws: `OpenSSLError`.
    init(_ digest: Digest, members: Int) throws {
        self.init()
        whole = try ContentHasher(digest.algorithm)
        if members > 1 || digest.algorithm != .sha256 { member = try ContentHasher() }
    }

    private init() {
        whole = nil
        member = nil
    }

    /// Adds bytes of one member.
    ///
    /// - Throws: `OpenSSLError`.
    mutating func update(_ bytes: UnsafeRawBufferPointer) throws {
        try whole?.update(bytes)
        try member?.update(bytes)
    }

    /// Ends a member; what follows belongs to the next.
    ///
    /// - Throws: `OpenSSLError`.
    mutating func endMember() throws {
        guard let ended = member.take() else { return }
        sums.append(try ended.finish().hex)
        member = try ContentHasher()
    }

    /// The digest of all bytes; nil when it was asked for already.
    ///
    /// - Throws: `OpenSSLError`.
    mutating func finish() throws -> Digest? {
        guard let whole = whole.take() else { return nil }
        return try whole.finish()
    }
}
