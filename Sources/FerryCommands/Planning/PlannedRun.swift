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
    /// The plan of the last run with all that failed, when only a part of it is tried again; nil when ``plan`` is all.
    private(set) var whole: MirrorPlan?

    /// Everything that is to be at the destination after the run.
    var fullPlan: MirrorPlan { whole ?? plan }

    /// The images that an earlier run has delivered and verified, and that this one does not touch.
    var earlierImages: [PlannedImage] {
        guard let whole else { return [] }
        let tried = Set(plan.images)
        return whole.images.filter { !tried.contains($0) }
    }

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

    /// Takes what failed in an earlier run.
    ///
    /// - Parameters:
    ///   - plan: what is tried again.
    ///   - whole: everything that was wanted; nil when that is the same.
    ///   - list: what is known of the earlier run.
    ///   - resolved: what has been resolved anew, with what again could not be.
    ///   - notices: what the user should know.
    ///   - configuration: the configuration, when there was one.
    init(
        retrying plan: MirrorPlan,
        of whole: MirrorPlan?,
        _ list: FailureList,
        resolved: PlanningResult?,
        notices: [String],
        configuration: ImageSetConfiguration?
    ) {
        self.plan = plan
        self.whole = whole
        library = resolved?.library ?? ManifestLibrary()
        failures = resolved?.failures ?? []
        blocked = list.blocked
        withoutAttachments = Set(list.withoutAttachments).union(resolved?.withoutAttachments ?? [])
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
