import ImageStorage
import MirrorPlan
import OCIModel
import TransferEngine

/// Joins what planning and transfer say into one report.
struct ReportBuilder {
    private var entries: [MirrorReport.Entry] = []
    /// The images that failed, in the order in which they were added.
    private(set) var failed: [FailedImage] = []

    /// Adds the images that could not be planned.
    mutating func add(_ failures: [PlanFailure]) {
        for failure in failures {
            failed.append(FailedImage(failure))
            entries.append(
                MirrorReport.Entry(
                    origin: failure.origin,
                    digest: failure.origin.digest,
                    destination: nil,
                    kind: failure.kind,
                    reasons: [failure.reason],
                    status: .failed,
                    message: String(describing: failure.cause),
                    isIntegrityFailure: ContentFailureKind(of: failure.cause) == .integrity
                )
            )
        }
    }

    /// Adds the images that the configuration blocks.
    mutating func add(blocked: [BlockedImage]) {
        for image in blocked {
            entries.append(
                MirrorReport.Entry(
                    origin: image.origin,
                    digest: image.origin.digest,
                    destination: nil,
                    kind: image.kind,
                    reasons: [image.reason],
                    status: .skipped,
                    message: "blocked by blockedImages"
                )
            )
        }
    }

    /// Adds the images that an earlier set carried.
    mutating func add(carried images: [PlannedImage], by set: String) {
        for image in images {
            entries.append(
                MirrorReport.Entry(
                    origin: image.origin,
                    digest: image.digest,
                    destination: nil,
                    kind: image.kind,
                    reasons: image.reasons,
                    attachment: image.attachment,
                    status: .skipped,
                    message: "media set \(set) carried it"
                )
            )
        }
    }

    /// Adds the images that were moved.
    ///
    /// - Parameters:
    ///   - images: the images with their fate.
    ///   - place: where an image is or was to be, as text; nil for nowhere.
    mutating func add(_ images: [TransferResult.Image], place: (PlannedImage) throws -> String?) rethrows {
        for item in images {
            let destination = try place(item.image)
            if let failure = item.failure {
                failed.append(FailedImage(item.image, failure, place: destination))
            }
            entries.append(
                MirrorReport.Entry(
                    origin: item.image.origin,
                    digest: item.image.digest,
                    destination: destination,
                    kind: item.image.kind,
                    reasons: item.image.reasons,
                    attachment: item.image.attachment,
                    status: item.failure == nil ? .verified : .failed,
                    message: item.failure?.message,
                    isIntegrityFailure: item.failure?.isIntegrity ?? false
                )
            )
        }
    }

    /// The report.
    ///
    /// - Parameters:
    ///   - wanted: how many images were asked for; the report does not balance when some are lost.
    ///   - traffic: what moved.
    ///   - run: whose notes are repeated: images without attachments, warnings, updates with risks; nil for none.
    /// - Returns: the report.
    func report(wanted: Int, traffic: MirrorReport.Traffic, of run: PlannedRun?) -> MirrorReport {
        MirrorReport(
            entries: entries,
            wanted: wanted,
            traffic: traffic,
            withoutAttachments: Array(run?.withoutAttachments ?? []),
            warnings: run?.warnings ?? [],
            conditionalUpdates: run?.fullPlan.releases?.conditionalUpdates ?? []
        )
    }
}

extension PlannedRun {
    /// What the user must not forget, each a sentence.
    var warnings: [String] { (fullPlan.releases?.warnings ?? []) + notices }

    /// Whether the signatures of its releases were looked for and checked.
    var checksReleases: Bool { !notices.contains(ReleaseKnowledge.unchecked) }

    /// How many images this run was asked for, attachments included.
    var wantedImages: Int { fullPlan.images.count + failures.count + blocked.count }
}
