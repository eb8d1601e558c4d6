import Foundation
import TerminalProgress

/// The file of `--events`: one JSON object per line about one run.
enum EventsFile {
    /// How much of a file that is there already is looked at.
    private static let sampleSize = 512

    /// Opens the file for one run.
    ///
    /// The events of an earlier run are replaced; any other file that has content is refused, so that a slip of the hand
    /// destroys nothing. Pipes and devices are written to as they are.
    ///
    /// Blocks. Permissions are what the umask leaves of 0644.
    ///
    /// - Parameter path: where.
    /// - Returns: a descriptor, open for writing.
    /// - Throws: `FerryError` that names the path and what to do.
    static func open(_ path: String) throws -> Int32 {
        guard path != "-" else {
            throw FerryError("--events needs a file: events on the screen are --progress json")
        }
        // A pipe that nobody reads must not stop the program here: it is refused instead.
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else {
            let reason = errno == ENXIO ? "it is a pipe that nobody reads" : String(cString: strerror(errno))
            throw FerryError("cannot write events to \(path): \(reason)")
        }
        // Pipes and devices have no end to go to.
        guard lseek(descriptor, 0, SEEK_END) > 0 else { return descriptor }
        do {
            guard try holdsEvents(path) else {
                throw FerryError("\(path) is not a file of events and is left alone: name another one with --events")
            }
            guard ftruncate(descriptor, 0) == 0 else {
                throw FerryError("cannot write events to \(path): \(String(cString: strerror(errno)))")
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Whether a file begins as a file of events does.
    private static func holdsEvents(_ path: String) throws -> Bool {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FerryError("cannot read \(path), which is there already: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: sampleSize)
        let count = read(descriptor, &bytes, sampleSize)
        guard count > 0 else { return false }
        let head = String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return head.hasPrefix("{") && head.contains(#""event":"run-started""#)
    }
}
