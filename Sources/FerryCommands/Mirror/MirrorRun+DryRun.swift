import ClusterResources
import ImageStorage
import Logging
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
    /// Writes what a run to media would do and prints the plan.
    ///
    /// - Returns: 0, or the bits of what cannot be mirrored.
    func dryRun(_ run: PlannedRun, to folder: String, in directory: WorkingDirectory) async throws -> Int32 {
        let presentation = try presentation(of: run, to: .media(folder), in: directory)
        try await presentation.writeMapping()
        return try await show(presentation)
    }

    /// Writes what a run to registries would do, for each of them, and prints the plan.
    ///
    /// - Returns: 0, or the bits of what cannot be mirrored.
    func dryRun(_ run: PlannedRun, to targets: [MirrorTarget], in directory: WorkingDirectory) async throws -> Int32 {
        var code: Int32 = 0
        for target in targets {
            do {
                try CollisionCheck.check(run.plan.images) { try target.namespace.repository(for: $0) }
                try await presentation(of: run, to: .registry(target.namespace), in: target.directory).writeMapping()
            } catch {
                try Task.checkCancellation()
                guard targets.count > 1 else { throw error }
                session.logger.error("docker://\(target.namespace): \(error)")
                code |= 1
            }
        }
        if let applying {
            let step = ClusterResourceStep(directory: directory, target: targets[0].namespace, logger: session.logger)
            try applying.describe(step.signatures(run.plan.images, run.plan.releases).perDigest)
        }
        return try await code | show(presentation(of: run, to: .registry(targets[0].namespace), in: directory))
    }

    private func presentation(
        of run: PlannedRun,
        to destination: PlanDestination,
        in directory: WorkingDirectory
    ) throws -> PlanPresentation {
        PlanPresentation(
            run: run,
            destination: destination,
            directory: directory,
            session: session,
            volumeSize: volumeSize,
            destinationName: command.destinationName,
            selection: try BaseSelection(kind: command.base, since: command.since)
        )
    }

    private func show(_ presentation: PlanPresentation) async throws -> Int32 {
        TerminalTalk.shared.say("")
        print(try await presentation.text(), terminator: "")
        return presentation.exitCode()
    }
}
