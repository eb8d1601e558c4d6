import Glibc
import Synchronization

/// An open file that is read and written at positions; every call may block.
///
/// It may be used from several threads at once: positions are arguments, there is no cursor.
final class MediaFile: Sendable {
    /// Where it is.
    let path: String
    private let descriptor: Int32
    /// Whose turn it is to write: writes to one file take turns in the kernel anyway, which spins while others wait.
    private let turn = Mutex(())

    /// How a file is opened.
    enum Mode {
        /// For reading only.
        case read
        /// For reading and writing; made when it is not there.
        case write
        /// For adding at the end; made when it is not there.
        case append
    }

    /// Opens a file; links are not followed when writing.
    ///
    /// - Throws: `MediaSetError.fileSystem`, `.noSpace`.
    init(_ path: String, _ mode: Mode) throws(MediaSetError) {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .write: O_RDWR | O_CREAT | O_NOFOLLOW
            case .append: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
            }
        descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666)
        self.path = path
        guard descriptor >= 0 else { throw .system("open", path, errno) }
    }

    deinit {
        // Everything that must last has been flushed with its own call.
        // A process that was forked meanwhile may still hold the file open: a lock must not live on in it.
        _ = flock(descriptor, LOCK_UN)
        _ = Glibc.close(descriptor)
    }

    /// The file's size in bytes and how many bytes of disk it takes.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    func sizes() throws(MediaSetError) -> (size: Int64, allocated: Int64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("read the size of", path, errno) }
        return (Int64(status.st_size), Int64(status.st_blocks) * 512)
    }

    /// Reads into memory; returns fewer bytes than it holds only at the end of the file.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(MediaSetError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor,
                buffer.baseAddress?.advanced(by: done),
                buffer.count - done,
                off_t(offset) + done
            )
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("read", path, errno)
            }
            done += count
        }
        return done
    }

    /// Reads `count` bytes, or fewer at the end of the file.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    func read(_ count: Int, at offset: Int64) throws(MediaSetError) -> [UInt8] {
        var failure: MediaSetError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(MediaSetError) {
                initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes at a position.
    ///
    /// - Throws: `MediaSetError.noSpace`, `.fileTooLarge`, `.fileSystem`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(MediaSetError) {
        try turn.withLock { _ throws(MediaSetError) in
            var done = 0
            while done < bytes.count {
                let count = pwrite(
                    descriptor,
                    bytes.baseAddress?.advanced(by: done),
                    bytes.count - done,
                    off_t(offset) + done
                )
                if count < 0 {
                    if errno == EINTR { continue }
                    throw .system("write", path, errno)
                }
                done += count
            }
        }
    }

    /// Writes all bytes at a position.
    ///
    /// - Throws: `MediaSetError.noSpace`, `.fileTooLarge`, `.fileSystem`.
    func write(_ bytes: [UInt8], at offset: Int64) throws(MediaSetError) {
        var failure: MediaSetError?
        bytes.withUnsafeBytes { buffer in
            do throws(MediaSetError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Writes all bytes at the end, in one system call as a rule, so that records of several threads do not mix.
    ///
    /// - Throws: `MediaSetError.noSpace`, `.fileTooLarge`, `.fileSystem`.
    func append(_ bytes: [UInt8]) throws(MediaSetError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("write", path, errno)
            }
            done += count
        }
    }

    /// Brings the data to the disk, and of the rest what is needed to find it.
    ///
    /// - Throws: `MediaSetError.noSpace`, `.fileSystem`.
    func flushData() throws(MediaSetError) {
        guard fdatasync(descriptor) == 0 else { throw .system("flush", path, errno) }
    }

    /// Brings everything about the file to the disk.
    ///
    /// - Throws: `MediaSetError.noSpace`, `.fileSystem`.
    func flush() throws(MediaSetError) {
        guard fsync(descriptor) == 0 else { throw .system("flush", path, errno) }
    }

    /// Sets the size.
    ///
    /// - Throws: `MediaSetError.noSpace`, `.fileTooLarge`, `.fileSystem`.
    func truncate(to size: Int64) throws(MediaSetError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("set the size of", path, errno) }
    }

    /// Tells the kernel that the file will be read from front to back.
    func expectSequentialReads() {
        // Only a hint.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    /// Has the kernel begin to read a part of the file that is needed soon; a part past the end is fine.
    func expectRead(of count: Int64, at offset: Int64) {
        // Only a hint.
        _ = posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
    }

    /// Takes the file for this process alone; the lock ends with the process or the object.
    ///
    /// - Returns: false when another one has it; nil when the file system knows no locks.
    /// - Throws: `MediaSetError.fileSystem`.
    func tryLock() throws(MediaSetError) -> Bool? {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            case ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL: return nil
            case let code: throw .system("lock", path, code)
            }
        }
        return true
    }
}

extension MediaSetError {
    /// A failed system call as an error that says what to do.
    static func system(_ operation: String, _ path: String, _ code: Int32) -> MediaSetError {
        let reason = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT:
            return MediaSetError(
                .noSpace,
                subject: path,
                message: "cannot \(operation) \(path): no room is left (\(reason)); free some and run the same command "
                    + "again, it continues where it stopped",
                systemCode: code
            )
        case EFBIG:
            return MediaSetError(
                .fileTooLarge,
                subject: path,
                message: "cannot \(operation) \(path): files of this size are not allowed there; use a smaller "
                    + "--volume-size (\"fat32\" for FAT)",
                systemCode: code
            )
        case EROFS, EACCES, EPERM:
            return MediaSetError(
                .fileSystem,
                subject: path,
                message: "cannot \(operation) \(path): \(reason); let this account write there, or name another folder",
                systemCode: code
            )
        default:
            return MediaSetError(
                .fileSystem,
                subject: path,
                message: "cannot \(operation) \(path): \(reason)",
                systemCode: code
            )
        }
    }
}
