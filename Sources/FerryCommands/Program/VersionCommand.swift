import ArgumentParser

/// Prints the version.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @Option(help: "text or json")
    var output = "text"

    @Flag(name: .customLong("v2"), help: .hidden)
    var isV2 = false

    func run() throws {
        switch output {
        case "text": print("ferry \(FerryVersion.text)")
        case "json": print(#"{"clientVersion":{"gitVersion":"\#(FerryVersion.text)"}}"#)
        default: throw FerryError("--output must be text or json, not \"\(output)\"")
        }
    }
}

/// Prints a completion script for a shell.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script of a shell: bash, zsh or fish."
    )

    @Argument(help: "bash, zsh or fish")
    var shell: String

    func run() throws {
        guard let known = CompletionShell(rawValue: shell) else {
            throw FerryError("there is no completion for \"\(shell)\"; bash, zsh and fish have one")
        }
        print(FerryCommand.completionScript(for: known))
    }
}
