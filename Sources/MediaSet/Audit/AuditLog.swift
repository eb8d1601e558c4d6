import Glibc
package import OCIModel
import OpenSSLCrypto

/// The audit log of a folder, `working-dir/audit.jsonl`: a line for each set that was made and each import, in a chain of
/// hashes; it only ever grows.
package struct AuditLog: Sendable {
    /// The name of the file below `working-dir`.
    package static let fileName = "audit.jsonl"

    /// Where it is.
    package let path: String

    /// Names a log; nothing is read or written yet.
    package init(path: String) {
        self.path = path
    }

    /// Adds a record, durably; blocks.
    ///
    /// The file is locked meanwhile, so that several processes may share it. Nothing that stands in it is changed or
    /// removed: after a line that a crash has cut off the record says so.
    ///
    /// - Parameters:
    ///   - record: what was done; its number and its links are filled in here.
    ///   - patience: how long to wait for other processes that write, in seconds.
    /// - Returns: the hash of the new line, which is the head of the chain now.
    /// - Throws: `MediaSetError.logInUse`, `.noSpace`, `.fileSystem`; `OpenSSLError`; `EncodingError`.
    @discardableResult
    package func append(_ record: AuditRecord, patience: Int = 30) throws -> Digest {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[..<$0]) } ?? "."
        try MediaFolder.create(folder)
        let isNew = !MediaFolder.isFile(path)
        let file = try MediaFile(path, .append)
        try lock(file, patience: patience)
        var last: AuditLine?
        try AuditLine.forEach(in: try MediaFile(path, .read)) { last = $0 }
        var record = record
        record.number = (last?.number ?? 0) + 1
        record.previous = last?.digest
        let torn = last.flatMap { $0.isEnded ? nil : $0 }
        record.after = torn?.tornNote
        let line = try DocumentCoding.compact(record)
        let lineBreak = [UInt8(ascii: "\n")]
        try file.append((torn == nil ? [] : lineBreak) + line + lineBreak)
        try file.flush()
        if isNew { try MediaFolder.flush(folder) }
        return try ContentHasher.digest(of: line)
    }

    /// Follows the whole chain; blocks.
    ///
    /// - Parameter head: the hash of a line that must be there; nil for none.
    /// - Returns: the chain, at its end.
    /// - Throws: `MediaSetError.fileSystem` when the log cannot be read; `OpenSSLError`.
    package func verify(expecting head: Digest? = nil) throws -> AuditChain {
        let file = try MediaFile(path, .read)
        file.expectSequentialReads()
        var chain = AuditChain(expectedHead: head)
        try AuditLine.forEach(in: file) { chain.add($0) }
        chain.end()
        return chain
    }

    /// Others hold the lock for milliseconds; where the file system has no locks, there is nothing to wait for.
    private func lock(_ file: MediaFile, patience: Int) throws {
        for _ in 0...max(0, patience) * 50 {
            guard try file.tryLock() == false else { return }
            usleep(20_000)
        }
        throw MediaSetError(
            .logInUse,
            subject: path,
            message:
                "\(path) has been locked by another process for \(patience) seconds; what this run did is not in it"
        )
    }
}
