import ArgumentParser

/// Slow lines and bad registries on this machine, to rehearse a mirror with.
@main
struct LinkProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ferry-link",
        abstract: "Slow lines and bad registries, to rehearse with.",
        subcommands: [ProxyCommand.self, RegistryCommand.self]
    )
}
