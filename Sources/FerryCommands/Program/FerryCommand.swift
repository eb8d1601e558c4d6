import ArgumentParser

/// The root of all commands.
struct FerryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ferry",
        abstract: "Mirrors OpenShift releases and any images to places without internet.",
        discussion: """
            From registry to registry, or from registry to tar volumes on a disk that is carried to the other side and \
            imported there. Reads the ImageSetConfiguration files of oc-mirror v2.
            """,
        version: FerryVersion.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Mirror",
                subcommands: [
                    MirrorCommand.self, PlanCommand.self, ExplainCommand.self, ResourcesCommand.self, ListCommand.self,
                    ReleaseCommand.self,
                ]
            ),

            CommandGroup(name: "Prove", subcommands: [VerifyCommand.self, InventoryCommand.self, ReceiptCommand.self]),
            CommandGroup(
                name: "Rehearse",
                subcommands: [DoctorCommand.self, ServeCommand.self, SampleCommand.self]
            ),
            CommandGroup(name: "About", subcommands: [VersionCommand.self, CompletionCommand.self]),
        ]
    )
}

/// The version of this build.
package enum FerryVersion {
    /// The version as text.
    package static let text = "0.1.0"
}
