import Foundation
import Subprocess
import SystemPackage

/// A program to start.
struct Program: Sendable {
    /// The program's path.
    let executable: String
    /// What follows it.
    let arguments: [String]
    /// Variables added to those of this process; an empty value takes one away.
    let environment: [String: String]
    /// The working folder; that of this process when nil.
    let folder: String?

    /// What a program reads and writes; each stays the caller's to close.
    struct Standard: Sendable {
        let input: FileHandle
        let output: FileHandle
        let errors: FileHandle
    }

    /// Starts it, for as long as `body` runs; then it is asked to end, and ended when it has not done so after a while.
    ///
    /// - Parameters:
    ///   - standard: what it reads and writes.
    ///   - body: gets the process number and what will be known of its end, after its descriptors were taken over.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; `SubprocessError` when the program cannot be started.
    func run<Result>(
        _ standard: Standard,
        _ body: (ProcessLife) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let life = ProcessLife()
            group.addTask {
                do {
                    life.end(try await run(standard, telling: life))
                } catch {
                    life.fail(error)
                }
            }
            try await life.started()
            do {
                let result = try await body(life)
                await life.stop()
                return result
            } catch {
                await life.stop()
                throw error
            }
        }
    }

    private func run(_ standard: Standard, telling life: ProcessLife) async throws -> Int32 {
        var options = PlatformOptions()
        // A test that is cancelled ends its programs as politely as one that is done with them.
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
        let result = try await Subprocess.run(
            .path(FilePath(executable)),
            arguments: Arguments(arguments),
            environment: .custom(variables),
            workingDirectory: folder.map { FilePath($0) },
            platformOptions: options,
            input: .fileDescriptor(standard.input.descriptor, closeAfterSpawningProcess: false),
            output: .fileDescriptor(standard.output.descriptor, closeAfterSpawningProcess: false),
            error: .fileDescriptor(standard.errors.descriptor, closeAfterSpawningProcess: false)
        ) { execution in
            life.start(execution.processIdentifier.value)
        }
        return switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private var variables: [Environment.Key: String] {
        var variables: [Environment.Key: String] = [:]
        for (name, value) in ProcessInfo.processInfo.environment.merging(environment, uniquingKeysWith: { $1 })
        where !value.isEmpty {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        return variables
    }
}

extension FileHandle {
    fileprivate var descriptor: FileDescriptor { FileDescriptor(rawValue: fileDescriptor) }
}
