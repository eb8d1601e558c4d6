import Foundation
import OCIModel
import OpenSSLCrypto
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
    /// - Returns: the bytes that were written, by marker; markers whose area the program does not have are not there.
    /// - Throws: `FerryError` when a value does not fit, or the file cannot be read or written.
    func mark(_ values: [ReleaseMarker: String]) throws -> [ReleaseMarker: Range<Int64>] {
        var marked: [ReleaseMarker: Range<Int64>] = [:]
        guard !values.isEmpty else { return marked }
        for area in try areas() {
            guard let value = values[area.marker], marked[area.marker] == nil else { continue }
            guard let bytes = area.bytes(for: value) else {
                throw FerryError(
                    "\(path) has room for \(area.length - 1) bytes at \(area.marker.rawValue), too few for \(value)"
                )
            }
            try write(bytes, at: area.offset)
            marked[area.marker] = area.offset..<area.offset + Int64(bytes.count)
        }
        return marked
    }

    /// Makes the signature of a program for macOS right again after bytes of it were changed.
    ///
    /// - Parameter ranges: what was changed.
    /// - Returns: false when it has a signature that cannot be made right here; it is left as it is.
    /// - Throws: `FerryError` when the file cannot be read or written.
    func renewSignature(after ranges: some Collection<Range<Int64>>) throws -> Bool {
        let header = try read(0..<Int64(MachOSignature.maximumHeaderBytes))
        guard let place = MachOSignature.range(inProgramWith: header) else { return true }
        guard place.count <= MachOSignature.maximumBytes else { return false }
        switch MachOSignature(try read(place), at: place.lowerBound) {
        case .foreign: return false
        case .adHoc(let tables):
            for page in Set(tables.flatMap { table in ranges.flatMap { table.pages(of: $0) } }) {
                let digest = try ContentHasher.digest(of: try read(page.range))
                try write(Self.bytes(ofHex: digest.hex), at: page.hashOffset)
            }
            return true
        }
    }

    private static func bytes(ofHex text: String) -> [UInt8] {
        let digits = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func write(_ bytes: [UInt8], at offset: Int64) throws {
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        guard count == bytes.count else { throw failure("write") }
    }

    /// The bytes of a range, fewer when the file ends before.
    private func read(_ range: Range<Int64>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            let count = bytes[filled...].withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound) + off_t(filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
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
