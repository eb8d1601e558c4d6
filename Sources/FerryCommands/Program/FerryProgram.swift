import ArgumentParser
import Foundation
import ImageStorage
import OpenSSLCrypto

/// The program: parses a command line, runs the command, maps its end to an exit code.
package enum FerryProgram {
    /// Runs one command line.
    ///
    /// Data goes to stdout, talk to stderr; an error is one sentence, never the help text on top.
    ///
    /// - Parameter commandLine: all words, the program's name first. Called as `oc-mirror`, the words are those of
    ///   `ferry mirror`; as `oc-ferry`, those of `ferry`.
    /// - Returns: the exit code; 1 also when the output could not be written.
    package static func run(_ commandLine: [String]) async -> Int32 {
        let code = await carryOut(commandLine)
        // A full disk behind stdout shows only here; a reader that went away (`ferry plan | head`) has all it wanted.
        if fflush(nil) != 0, errno != EPIPE {
            TerminalTalk.shared.say("error: cannot write the output: \(String(cString: strerror(errno)))")
            return code == 0 ? 1 : code
        }
        return code
    }

    private static func carryOut(_ commandLine: [String]) async -> Int32 {
        var command: any ParsableCommand
        do {
            command = try FerryCommand.parseAsRoot(arguments(of: commandLine))
        } catch {
            return explain(error)
        }
        do {
            try await RunIdentity.$current.withValue(RunIdentity(of: command, words: commandLine)) {
                if var asynchronous = command as? any AsyncParsableCommand {
                    try HashPolicy.check()
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            }
            return 0
        } catch let exit as ExitCode {
            return exit.rawValue
        } catch let error as FerryError {
            TerminalTalk.shared.say("error: \(error.message)")
            return error.exitCode
        } catch is CancellationError {
            TerminalTalk.shared.say("interrupted; the state is saved, the same command continues")
            return 130
        } catch {
            let isAboutArguments = FerryCommand.exitCode(for: error) == ExitCode.validationFailure
            if isAboutArguments || FerryCommand.exitCode(for: error).isSuccess { return explain(error) }
            TerminalTalk.shared.say("error: \(error)")
            return exitCode(for: error)
        }
    }

    /// The exit code of a run that an error ended.
    static func exitCode(for error: any Error) -> Int32 {
        if let error = error as? FerryError { return error.exitCode }
        if error is CancellationError { return 130 }
        return ContentFailureKind(of: error) == .integrity ? 32 : 1
    }

    /// Help goes to stdout with 0; mistakes to stderr with 1 and a hint where the help is.
    private static func explain(_ error: any Error) -> Int32 {
        if FerryCommand.exitCode(for: error).isSuccess {
            print(FerryCommand.fullMessage(for: error))
            return 0
        }
        TerminalTalk.shared.say("error: \(message(for: error)) (see ferry help)")
        return 1
    }

    /// The sentence about a mistake; where a value is none that its option takes, with what the help says of the option.
    static func message(for error: any Error) -> String {
        let message = FerryCommand.message(for: error)
        guard message.hasPrefix("The value '"), message.hasSuffix("'") else { return message }
        // The library tells it apart: "Error: …", "Help:  --name <value>  what it is", "Usage: …".
        let lines = FerryCommand.fullMessage(for: error).split(separator: "\n")
        guard let help = lines.first(where: { $0.hasPrefix("Help:  ") })?.dropFirst("Help:  ".count),
            let end = help.firstRange(of: "  ")?.upperBound
        else { return message }
        return "\(message): \(help[end...].prefix(400))"
    }

    private static func arguments(of commandLine: [String]) -> [String] {
        let words = Array(commandLine.dropFirst())
        let name = commandLine.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "ferry"
        // `oc mirror --v2 list releases` is as good as with the flag at the end.
        guard name == "oc-mirror", let first = words.first(where: { $0 != "--v2" }) else { return words }
        let isNamed = ["version", "help", "list", "delete"].contains(first)
        return isNamed ? Array(words.drop { $0 == "--v2" }) : ["mirror"] + words
    }
}
