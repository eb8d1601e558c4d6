import Foundation
package import OCIModel
import OpenSSLCrypto

/// Everything that a run must deliver, resolved and sorted: also the content of `lock.json`.
///
/// Two plans of the same input are equal on every machine: there is no clock, host name or path in them.
package struct MirrorPlan: Hashable, Sendable, Codable {
    /// The version of the lock-file format.
    package static let format = 1

    /// The format version of this plan.
    package let format: Int
    /// The SHA-256 of the configuration that it was made from, when there was one.
    package let configDigest: Digest?
    /// The text of that configuration, so that a media set made of the lock file alone is the same.
    package let configuration: String?
    /// The images, sorted.
    package let images: [PlannedImage]
    /// All manifests, sorted by digest.
    package let manifests: [PlannedManifest]
    /// All distinct blobs, sorted by digest; manifests are not among them.
    package let blobs: [PlannedBlob]
    /// What is known of the releases among the images; nil when there is nothing.
    package let releases: PlannedReleases?

    /// Joins the parts, sorting them.
    package init(
        configDigest: Digest?,
        configuration: String? = nil,
        images: [PlannedImage],
        manifests: [PlannedManifest],
        blobs: [PlannedBlob],
        releases: PlannedReleases? = nil
    ) {
        format = Self.format
        self.configDigest = configDigest
        self.configuration = configuration
        self.images = images.sorted()
        self.manifests = manifests.sorted()
        self.blobs = blobs.sorted()
        self.releases = releases.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The bytes of all distinct blobs and manifests together; ``checkSums()`` has seen to it that they can be added.
    package var distinctBytes: Int64 {
        blobs.reduce(0) { $0 + $1.size } + manifests.reduce(0) { $0 + $1.size }
    }

    /// Checks that all sums over this plan stay in range: every size once for each image, and room for headers.
    ///
    /// Sizes come from manifests and lock files, so from anybody; each is in range, but many of them may not be.
    ///
    /// - Throws: `MirrorPlanError.tooLarge`.
    func checkSums() throws {
        let sizes = blobs.map(\.size) + manifests.map(\.size)
        let sum = sizes.reduce(Double(0)) { $0 + Double($1) } * Double(max(1, images.count))
        guard sum < Double(Int64.max / 4) else {
            throw MirrorPlanError(
                .tooLarge,
                subject: "plan",
                message: "the blobs claim sizes that no disk or registry holds, over an exabyte in all; "
                    + "a manifest or the lock file is wrong"
            )
        }
    }

    /// The images that are no attachments.
    package var primaryImages: [PlannedImage] { images.filter { $0.attachedTo == nil } }

    /// The plan without some of its images, and without what only they need.
    ///
    /// Attachments of an image that goes, go with it.
    ///
    /// - Parameter isDropped: says which images go.
    /// - Returns: a plan in which every image is whole.
    package func dropping(_ isDropped: (PlannedImage) -> Bool) -> MirrorPlan {
        let index = PlanIndex(self)
        var kept = images.filter { !isDropped($0) }
        while true {
            let held = Set(
                kept.flatMap { image in index.closure(of: image.digest).map { Held(image.destination, $0.digest) } }
            )
            let whole = kept.filter { image in
                image.attachedTo.map { held.contains(Held(image.destination, $0)) } ?? true
            }
            if whole.count == kept.count { break }
            kept = whole
        }
        let manifests = Set(kept.flatMap { index.closure(of: $0.digest) })
        let needed = Set(manifests.flatMap(\.blobs))
        return MirrorPlan(
            configDigest: configDigest,
            configuration: configuration,
            images: kept,
            manifests: Array(manifests),
            blobs: blobs.filter { needed.contains($0.digest) },
            releases: releases?.keeping(Set(kept.map(\.digest)))
        )
    }

    private struct Held: Hashable {
        let destination: RepositoryPath
        let digest: Digest

        init(_ destination: RepositoryPath, _ digest: Digest) {
            self.destination = destination
            self.digest = digest
        }
    }
}

extension MirrorPlan {
    /// The digest of what is wanted, whatever the text of the configuration and the state of the update graph.
    ///
    /// Signatures of releases count: a new one has to be carried, even if no image is new.
    ///
    /// - Throws: `OpenSSLError`; `EncodingError`, which does not happen for these types.
    package func wishes() throws -> Digest {
        let bare = MirrorPlan(
            configDigest: nil,
            images: images,
            manifests: manifests,
            blobs: blobs,
            releases: releases.map { PlannedReleases(releases: $0.releases) }
        )
        return try ContentHasher.digest(of: try bare.lockFile())
    }

    /// The bytes of the lock file: JSON with sorted keys and a line break at the end.
    ///
    /// - Throws: `EncodingError`, which does not happen for these types.
    package func lockFile() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Reads a lock file and checks that it is whole.
    ///
    /// - Parameters:
    ///   - lockFile: the bytes.
    ///   - name: how messages call the file.
    /// - Throws: `MirrorPlanError.invalidLock` when it is no lock file, has another format version, names a manifest or
    ///   blob that it does not describe, nests indexes too deeply or in a loop, or has sizes that no sum can hold.
    package init(lockFile: [UInt8], name: String) throws {
        let plan: MirrorPlan
        do {
            plan = try JSONDecoder().decode(MirrorPlan.self, from: Data(lockFile))
        } catch {
            throw MirrorPlanError(
                .invalidLock,
                subject: name,
                message: "\(name) is no lock file: \(LockSentence.text(of: error)); plan again"
            )
        }
        guard plan.format == Self.format else {
            throw MirrorPlanError(
                .invalidLock,
                subject: name,
                message:
                    "\(name) has lock format \(plan.format); this version reads format \(Self.format): plan again with it"
            )
        }
        self.init(
            configDigest: plan.configDigest,
            configuration: plan.configuration,
            images: plan.images,
            manifests: plan.manifests,
            blobs: plan.blobs,
            releases: plan.releases
        )
        try PlanIndex(self).checkWhole(name: name)
        do {
            try checkSums()
        } catch let error as MirrorPlanError {
            throw MirrorPlanError(.invalidLock, subject: name, message: "\(name): \(error)")
        }
    }
}

/// Turns decoding errors into half a sentence.
private enum LockSentence {
    static func text(of error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) has the wrong type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(path(context.codingPath)) has a value that cannot be: \(context.debugDescription)"
        case let error as OCIModelError: error.description
        default: "it is malformed: no JSON, or a number out of range"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}
