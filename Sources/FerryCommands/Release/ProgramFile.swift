import Foundation
import Releases

/// A program that is written beside its place, marked there, and then put in its place in one step.
///
/// All functions block: they are for a lane.
final class ProgramFile: ImageFileReceiver {
    /// Where it will be.
    let path: String
    private let temporary: String
    private let descriptor: Int32

    /// Makes an empty file beside the place; missing folders are made.
    ///
    /// - Throws: `FerryError` that names the path and the cause.
    init(at path: String) throws {
        self.path = path
        // A name of its own: two runs that share a folder must not write into one another's file.
        temporary = "\(path).\(getpid()).new"
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw FerryError("\(path) is a folder, and the program is to be written there")
        }
        try AtomicFile.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent())
        descriptor = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw FerryError("cannot create \(temporary): \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    func begin(size: Int64) throws {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure("write") }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write") }
            written += count
        }
    }

    /// Writes values into the areas that the program has for them; of several for one value, into the first.
    ///
    /// - Parameter values: what belongs where.
    /// - Returns: the markers whose area the program has.
    /// - Throws: `FerryError` when a value does not fit, or the file cannot be read or written.
    func mark(_ values: [ReleaseMarker: String]) throws -> Set<ReleaseMarker> {
        var found: Set<ReleaseMarker> = []
        guard !values.isEmpty else { return found }
        for area in try areas() {
            guard let value = values[area.marker], found.insert(area.marker).inserted else { continue }
            guard let bytes = area.bytes(for: value) else {
                throw FerryError(
                    "\(path) has room for \(area.length - 1) bytes at \(area.marker.rawValue), too few for \(value)"
                )
            }
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(area.offset)) }
            guard count == bytes.count else { throw failure("write") }
        }
        return found
    }

    private func areas() throws -> [ReleaseMarkerArea] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var scanner = ReleaseMarkerScanner()
        var areas: [ReleaseMarkerArea] = []
        var offset: off_t = 0
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            guard count > 0 else { return areas }
            areas += scanner.scan(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += off_t(count)
        }
    }

    /// Makes the file a program for everybody, and puts it in its place; replaces what is there.
    ///
    /// - Throws: `FerryError` that names the path and the cause.
    func finish() throws {
        guard fchmod(descriptor, 0o755) == 0, fsync(descriptor) == 0 else { throw failure("write") }
        guard rename(temporary, path) == 0 else { throw failure("rename to") }
        AtomicFile.syncFolder(of: URL(fileURLWithPath: path))
    }

    /// Takes back what was written, unless it was put in its place.
    func discard() { unlink(temporary) }

    private func failure(_ action: String) -> FerryError {
        FerryError("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
