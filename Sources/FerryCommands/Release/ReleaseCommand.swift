import ArgumentParser

/// The commands about single releases.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Look into releases and check their signatures.",
        subcommands: [VerifyReleaseCommand.self, ReleaseInfoCommand.self, ReleaseExtractCommand.self]
    )
}
