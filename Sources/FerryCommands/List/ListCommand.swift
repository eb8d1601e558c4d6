import ArgumentParser

/// The commands that show what there is to mirror.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what there is to mirror.",
        subcommands: [ListReleasesCommand.self]
    )
}
