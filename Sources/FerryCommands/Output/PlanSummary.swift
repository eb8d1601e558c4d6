import MirrorPlan
import OCIModel

/// Sums a plan up by the sections of the configuration.
struct PlanSummary: Sendable, Encodable {
    /// One section.
    struct Section: Sendable, Encodable {
        /// What the configuration calls it.
        let name: String
        /// Its images without attachments.
        let images: Int
        /// What is attached to them.
        let attachments: Int
        /// Distinct bytes that no section above has.
        let newBytes: Int64
        /// The bytes of all its images, shared ones counted each time.
        let totalBytes: Int64
    }

    /// One of the largest images.
    struct Biggest: Sendable, Encodable {
        /// Its name, short.
        let name: String
        /// Its bytes.
        let bytes: Int64
    }

    /// The sections, in the order of the plan.
    let sections: [Section]
    /// Images without attachments.
    let images: Int
    /// Distinct blobs, manifests not counted.
    let blobs: Int
    /// The bytes of distinct blobs and manifests.
    let bytes: Int64
    /// The largest images, at most eight.
    let biggest: [Biggest]

    /// Sums a plan up.
    init(_ plan: MirrorPlan) {
        let index = PlanIndex(plan)
        var order: [String] = []
        var groups: [String: [PlannedImage]] = [:]
        var sectionOf: [Digest: String] = [:]
        for image in plan.images {
            let section = image.attachedTo.flatMap { sectionOf[$0] } ?? image.reasons.first?.section ?? "other"
            for manifest in index.closure(of: image.digest) where sectionOf[manifest.digest] == nil {
                sectionOf[manifest.digest] = section
            }
            if groups[section] == nil { order.append(section) }
            groups[section, default: []].append(image)
        }
        var seen: Set<Digest> = []
        sections = order.map { name in
            let images = groups[name] ?? []
            var new: Int64 = 0
            for manifest in images.flatMap({ index.closure(of: $0.digest) }) {
                if seen.insert(manifest.digest).inserted { new += manifest.size }
                for blob in manifest.blobs where seen.insert(blob).inserted { new += index.blobs[blob]?.size ?? 0 }
            }
            return Section(
                name: name,
                images: images.count { $0.attachedTo == nil },
                attachments: images.count { $0.attachedTo != nil },
                newBytes: new,
                totalBytes: images.reduce(0) { $0 + index.size(of: $1.digest) }
            )
        }
        images = plan.primaryImages.count
        blobs = plan.blobs.count
        bytes = plan.distinctBytes
        biggest = plan.primaryImages
            .map { Biggest(name: Self.shortName($0), bytes: index.size(of: $0.digest)) }
            .sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
            .prefix(8)
            .map { $0 }
    }

    /// A component by its name, anything else by the end of its repository and its tag.
    private static func shortName(_ image: PlannedImage) -> String {
        for reason in image.reasons {
            if let name = reason.text.firstRange(of: ": component ") { return String(reason.text[name.upperBound...]) }
        }
        let last = image.destination.components.last.map(String.init) ?? image.destination.text
        return image.tags.first.map { "\(last):\($0)" } ?? last
    }
}
