import Glibc
import NIOCore

/// An open file descriptor that closes itself; all calls block.
///
/// Descriptors are safe to use from several threads, reads and writes are positioned.
final class OpenFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Opens a file or folder.
    ///
    /// - Throws: `ImageStorageError.fileSystem`, `.noSpace`.
    init(_ path: String, _ flags: Int32) throws {
        descriptor = try checked("open", path) { Glibc.open(path, flags | O_CLOEXEC, 0o644) }
        self.path = path
    }

    deinit {
        // Nothing was promised about data that nobody synced.
        // A process that was forked meanwhile may still hold the file open: a lock must not live on in it.
        unlock()
        _ = Glibc.close(descriptor)
    }

    /// The size in bytes.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func size() throws -> Int64 {
        var information = stat()
        try checked("fstat", path) { fstat(descriptor, &information) }
        return Int64(information.st_size)
    }

    /// Reads at most `count` bytes at `offset` into the free space of a buffer; returns how many.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func read(into buffer: inout ByteBuffer, count: Int, at offset: Int64) throws -> Int {
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
            try checked("pread", path) {
                pread(descriptor, memory.baseAddress, min(count, memory.count), off_t(offset))
            }
        }
    }

    /// Writes the whole of some bytes at `offset`.
    ///
    /// - Throws: `ImageStorageError.fileSystem`, `.noSpace`; some of the bytes may have been written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var rest = bytes
        var position = offset
        while !rest.isEmpty {
            let written = try checked("pwrite", path) {
                pwrite(descriptor, rest.baseAddress, rest.count, off_t(position))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            position += Int64(written)
        }
    }

    /// Waits until data and size are on the disk.
    ///
    /// - Throws: `ImageStorageError.fileSystem`, `.noSpace`.
    func sync() throws {
        try checked("fsync", path) { fsync(descriptor) }
    }

    /// Asks the system to begin writing a range to the disk, so that ``sync()`` has less to wait for.
    func beginSync(from offset: Int64, count: Int64) {
        // On Linux this advice starts the writing of what is not on the disk yet, and does not wait for it. Only a
        // hint: what it fails to do, `sync` does.
        _ = posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_DONTNEED)
    }

    /// Cuts the file.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func truncate(to size: Int64) throws {
        try checked("ftruncate", path) { ftruncate(descriptor, off_t(size)) }
    }

    /// Takes the lock of a file or folder without waiting; false when another process holds it.
    func lock() -> Bool {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Gives the lock back, if it is held.
    func unlock() {
        _ = flock(descriptor, LOCK_UN)  // it cannot fail for a descriptor that is open
    }
}

/// Repeats a system call that was interrupted, and turns its failure into an error.
///
/// - Throws: `ImageStorageError.noSpace` when the disk or quota is full, else `.fileSystem`.
@discardableResult
func checked<Value: SignedInteger>(_ operation: String, _ path: String, _ call: () -> Value) throws -> Value {
    while true {
        let result = call()
        if result >= 0 { return result }
        let number = errno
        if number == EINTR { continue }
        let isFull = number == ENOSPC || number == EDQUOT
        throw ImageStorageError(
            isFull ? .noSpace : .fileSystem,
            subject: path,
            message: isFull
                ? "no space is left to write \(path); free some and try again"
                : "\(operation) failed on \(path): \(String(cString: strerror(number)))"
        )
    }
}
