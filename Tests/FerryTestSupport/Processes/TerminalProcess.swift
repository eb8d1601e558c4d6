import Foundation
import Glibc
import Synchronization

/// A program whose input and output are a terminal that a test types at.
package final class TerminalProcess: Sendable {
    /// The terminal could not be made.
    package struct NoTerminal: Error {
        /// The `errno` of the system.
        package let code: Int32
    }

    /// The process number.
    package let identifier: Int32
    /// What was shown so far; lines end in CR LF.
    package let screen: OutputCollector
    private let keyboard: FileHandle
    private let exit = Mutex<(status: Int32?, waiters: [CheckedContinuation<Int32, Never>])>((nil, []))

    /// `TIOCSPTLCK` and `TIOCGPTN`, which the C library's module does not show; see ioctl_tty(2).
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    fileprivate init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String],
        folder: String
    ) throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw NoTerminal(code: errno) }
        keyboard = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        var (number, isLocked): (CInt, CInt) = (0, 0)
        guard ioctl(master, Self.setLock, &isLocked) == 0, ioctl(master, Self.getNumber, &number) == 0 else {
            throw NoTerminal(code: errno)
        }
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw NoTerminal(code: errno) }
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        let exit = ExitBox()
        process.terminationHandler = { ended in
            exit.report(ended.terminationStatus + (ended.terminationReason == .uncaughtSignal ? 128 : 0))
        }
        try startProcess(process)
        try terminal.close()
        identifier = process.processIdentifier
        screen = OutputCollector(keyboard)
        exit.follow { [self] status in ended(status) }
    }

    /// What the system tells, perhaps before the object that wants to know is complete.
    private final class ExitBox: Sendable {
        private let state = Mutex<(status: Int32?, follower: (@Sendable (Int32) -> Void)?)>((nil, nil))

        func report(_ status: Int32) {
            let follower = state.withLock { state in
                state.status = status
                return state.follower
            }
            follower?(status)
        }

        func follow(_ follower: @escaping @Sendable (Int32) -> Void) {
            let status = state.withLock { state in
                state.follower = follower
                return state.status
            }
            if let status { follower(status) }
        }
    }

    private func ended(_ status: Int32) {
        let waiters = exit.withLock { exit in
            guard exit.status == nil else { return [CheckedContinuation<Int32, Never>]() }
            exit.status = status
            defer { exit.waiters = [] }
            return exit.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Types something; `"\n"` is the return key, `"\u{4}"` at the beginning of a line the end of the input.
    package func type(_ text: String) throws {
        try keyboard.write(contentsOf: Data(text.utf8))
    }

    /// Sends a signal unless the process has ended.
    package func signal(_ number: Int32) {
        exit.withLock { exit in
            guard exit.status == nil else { return }
            _ = kill(identifier, number)
        }
    }

    /// Waits for the end; returns the exit status, or 128 and the signal's number.
    package func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = exit.withLock { exit -> Int32? in
                if exit.status == nil { exit.waiters.append(continuation) }
                return exit.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// The paths of the files that the process has open.
    package func openFiles() -> [String] {
        let folder = "/proc/\(identifier)/fd"
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
    let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }.filter { !$0.value.isEmpty }
    let process = try TerminalProcess(executable, arguments, environment: merged, folder: folder)
    do {
        let result = try await body(process)
        process.signal(SIGKILL)
        _ = await process.wait()
        return result
    } catch {
        process.signal(SIGKILL)
        _ = await process.wait()
        throw error
    }
}
