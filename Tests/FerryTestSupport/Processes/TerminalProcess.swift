import Foundation
import Glibc

/// A program whose input and output are a terminal that a test types at.
package struct TerminalProcess: Sendable {
    /// The terminal could not be made.
    package struct NoTerminal: Error {
        /// The `errno` of the system.
        package let code: Int32
    }

    /// What was shown so far; lines end in CR LF.
    package let screen: OutputCollector
    private let keyboard: FileHandle
    private let life: ProcessLife

    /// `TIOCSPTLCK` and `TIOCGPTN`, which the C library's module does not show; see ioctl_tty(2).
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    fileprivate init(_ life: ProcessLife, keyboard: FileHandle) {
        self.life = life
        self.keyboard = keyboard
        screen = OutputCollector(keyboard)
    }

    /// Makes a terminal: the end to type at and to look at, and the program's end.
    fileprivate static func pair() throws -> (keyboard: FileHandle, terminal: FileHandle) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw NoTerminal(code: errno) }
        let keyboard = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        var (number, isLocked): (CInt, CInt) = (0, 0)
        guard ioctl(master, Self.setLock, &isLocked) == 0, ioctl(master, Self.getNumber, &number) == 0 else {
            throw NoTerminal(code: errno)
        }
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw NoTerminal(code: errno) }
        return (keyboard, FileHandle(fileDescriptor: slave, closeOnDealloc: true))
    }

    /// Types something; `"\n"` is the return key, `"\u{4}"` at the beginning of a line the end of the input.
    package func type(_ text: String) throws {
        try keyboard.write(contentsOf: Data(text.utf8))
    }

    /// Sends a signal unless the process has ended.
    package func signal(_ number: Int32) { life.signal(number) }

    /// Waits for the end; returns the exit status, or 128 and the signal's number.
    package func wait() async -> Int32 { await life.wait() }

    /// The paths of the files that the process has open.
    package func openFiles() -> [String] {
        let folder = "/proc/\(life.identifier)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
    }
}

/// Starts a program at a terminal and ends it when `body` ends, if it still runs.
///
/// - Parameters:
///   - executable: the program's path.
///   - arguments: its arguments.
///   - environment: variables added to those of this process; an empty value takes one away.
///   - folder: its working folder.
///   - body: what to do meanwhile.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; ``TerminalProcess/NoTerminal``; the system's error when the program cannot be started.
package func withTerminal<Result>(
    _ executable: String,
    _ arguments: [String],
    environment: [String: String] = [:],
    folder: String,
    _ body: (TerminalProcess) async throws -> Result
) async throws -> Result {
    let (keyboard, terminal) = try TerminalProcess.pair()
    let program = Program(executable: executable, arguments: arguments, environment: environment, folder: folder)
    return try await program.run(Program.Standard(input: terminal, output: terminal, errors: terminal)) { life in
        try terminal.close()
        let result: Result
        do {
            result = try await body(TerminalProcess(life, keyboard: keyboard))
        } catch {
            life.signal(SIGKILL)
            throw error
        }
        life.signal(SIGKILL)
        return result
    }
}
