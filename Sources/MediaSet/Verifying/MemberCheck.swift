import OCIModel
import OpenSSLCrypto

/// The hash of a blob as a whole when it is not that of one member: of several pieces, or SHA-512.
///
/// Unchecked because its pieces are in different volumes, which are read one after the other, and each job is awaited
/// before the result is asked for.
final class WholeCheck: @unchecked Sendable {
    private var hasher: ContentHasher?
    private var isBroken = false
    /// The part that must come next, from 0.
    private(set) var nextPart = 0

    /// Starts a blob.
    ///
    /// - Throws: `OpenSSLError`.
    init(_ algorithm: Digest.Algorithm) throws {
        hasher = try ContentHasher(algorithm)
    }

    /// Adds the next bytes.
    ///
    /// - Throws: `OpenSSLError`.
    func update(_ bytes: UnsafeRawBufferPointer) throws {
        try hasher?.update(bytes)
    }

    /// Notes that a part is whole or that some of it could not be read.
    func ended(part: Int, isWhole: Bool) {
        if part != nextPart || !isWhole { isBroken = true }
        nextPart = part + 1
    }

    /// The digest; nil when parts are missing.
    func finish() throws -> Digest? {
        guard let hasher = hasher.take(), !isBroken else { return nil }
        return try hasher.finish()
    }
}

/// One member of a volume while its bytes are read.
///
/// Unchecked because all of its jobs are on one lane, and they are awaited before the result is asked for.
final class MemberCheck: @unchecked Sendable {
    /// What a member is.
    enum Subject {
        /// A member before the blobs.
        case prefix
        /// A part of the blob at an index of the set manifest.
        case blob(index: Int, part: Int, count: Int)
        /// The sums.
        case sums
    }

    /// What it is.
    let subject: Subject
    /// Its path, as its header must say; a piece's numbers are not compared.
    let path: String
    /// The hash of the blob that it is a part of.
    let whole: WholeCheck?
    /// Its bytes, when they are needed afterwards.
    private(set) var collected: [UInt8]?
    /// Whether all of it could be read.
    private(set) var isWhole = true
    private var hasher: ContentHasher?
    private var received: Int64 = 0

    /// Starts a member; `collects` keeps its bytes.
    ///
    /// - Throws: `OpenSSLError`.
    init(_ subject: Subject, path: String, whole: WholeCheck? = nil, collects: Bool = false) throws {
        self.subject = subject
        self.path = path
        self.whole = whole
        collected = collects ? [] : nil
        hasher = try ContentHasher()
    }

    /// Adds the next bytes.
    ///
    /// - Throws: `OpenSSLError`.
    func update(_ bytes: UnsafeRawBufferPointer) throws {
        try hasher?.update(bytes)
        try whole?.update(bytes)
        collected?.append(contentsOf: bytes)
        received += Int64(bytes.count)
    }

    /// Some of it could not be read.
    func lost() {
        isWhole = false
    }

    /// The SHA-256 of the member; nil when it could not be read as a whole.
    func finish(size: Int64) throws -> Digest? {
        guard let hasher = hasher.take(), isWhole, received == size else {
            isWhole = false
            return nil
        }
        return try hasher.finish()
    }
}
