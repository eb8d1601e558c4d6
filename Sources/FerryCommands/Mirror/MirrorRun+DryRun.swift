import ImageStorage
import MirrorPlan
import OCIModel

/// Where a plan would go.
enum PlanDestination: Sendable {
    /// A media folder.
    case media(String)
    /// A registry.
    case registry(TargetNamespace)
    /// Nowhere yet.
    case none
}

extension MirrorRun {
    /// Writes what a run would do and prints the plan.
    ///
    /// - Returns: 0, or the bits of what cannot be mirrored.
    func dryRun(
        _ run: PlannedRun,
        to destination: PlanDestination,
        in directory: WorkingDirectory
    ) async throws -> Int32 {
        let presentation = PlanPresentation(
            run: run,
            destination: destination,
            directory: directory,
            session: session,
            volumeSize: volumeSize,
            destinationName: command.destinationName,
            selection: try BaseSelection(kind: command.base, since: command.since)
        )
        try await presentation.writeMapping()
        TerminalTalk.shared.say("")
        print(try await presentation.text(), terminator: "")
        return presentation.exitCode()
    }
}
