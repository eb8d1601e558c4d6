import ImageSetConfig
import ImageStorage
import MirrorPlan
import OCIModel

/// A plan with all that belongs to it in a run.
struct PlannedRun: Sendable {
    /// The plan.
    var plan: MirrorPlan
    /// The manifests that were read.
    let library: ManifestLibrary
    /// The images that cannot be mirrored.
    let failures: [PlanFailure]
    /// The images that are left out on purpose.
    let blocked: [BlockedImage]
    /// Images without any attachment.
    let withoutAttachments: Set<Digest>
    /// What the user should know and the plan does not keep, each a sentence.
    let notices: [String]
    /// The configuration, when there was one.
    let configuration: ImageSetConfiguration?

    /// Takes what planning gave.
    init(_ result: PlanningResult, configuration: ImageSetConfiguration) {
        plan = result.plan
        library = result.library
        failures = result.failures
        blocked = result.blocked.map(BlockedImage.init)
        withoutAttachments = result.withoutAttachments
        notices = result.notices
        self.configuration = configuration
    }

    /// Takes a plan that was made before.
    init(plan: MirrorPlan, notices: [String], configuration: ImageSetConfiguration?) {
        self.plan = plan
        library = ManifestLibrary()
        failures = []
        blocked = []
        withoutAttachments = []
        self.notices = notices
        self.configuration = configuration
    }

    /// Takes up a run that was not finished.
    init(
        continuing run: UnfinishedRun,
        plan: MirrorPlan,
        notices: [String],
        configuration: ImageSetConfiguration?
    ) {
        self.plan = plan
        library = ManifestLibrary()
        failures = []
        blocked = run.blocked
        withoutAttachments = Set(run.withoutAttachments)
        self.notices = notices
        self.configuration = configuration
    }
}

extension [PlanFailure] {
    /// The bits of the kinds that cannot be planned, and 32 when bytes or signatures are wrong.
    var exitCode: Int32 {
        reduce(0) { $0 | $1.kind.exitBit | (ContentFailureKind(of: $1.cause) == .integrity ? 32 : 0) }
    }
}
