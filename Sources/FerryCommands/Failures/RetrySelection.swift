import MirrorPlan
import OCIModel

/// Which images of the last run are tried again, found out from its lists of failures alone.
struct RetrySelection: Sendable {
    /// The images of the lock file.
    let keys: Set<FailedImage.Key>
    /// The wishes that were not resolved, each once.
    let requests: [ImageRequest]
    /// Whether nothing was delivered, so that everything is to be tried again.
    let isAll: Bool

    /// Joins what failed at all targets: what one of them lacks is tried again at each.
    ///
    /// - Parameter lists: the lists of all targets, at least one of them with failures.
    /// - Throws: `FerryError` when a failure can only be mended by planning.
    init(_ lists: [FailureList]) throws {
        let failures = lists.flatMap(\.failures)
        if let unknown = failures.first(where: { FailedImage.Key($0) == nil && $0.request == nil }) {
            throw FerryError(
                "\(unknown.origin) (\(unknown.reasons.map(\.text).joined(separator: "; "))) failed before it was known which "
                    + "images are wanted with it, so all is to be planned again: run the same command without "
                    + "--retry-failed (what is at the destination is not sent again)"
            )
        }
        keys = Set(failures.compactMap(FailedImage.Key.init))
        var seen: Set<ImageRequest> = []
        requests = failures.compactMap(\.request).filter { seen.insert($0).inserted }
        isAll = lists.contains { !$0.isDelivered }
    }

    /// The images of a plan that are tried again, with those that they are attached to.
    ///
    /// - Parameters:
    ///   - whole: the plan of the last run, and what was resolved since.
    ///   - resolved: what was resolved since.
    /// - Returns: the smaller plan.
    func plan(of whole: MirrorPlan, resolved: [PlannedImage]) -> MirrorPlan {
        let wanted = keys.union(resolved.map(FailedImage.Key.init))
        return isAll ? whole : whole.keeping { wanted.contains(FailedImage.Key($0)) }
    }
}
