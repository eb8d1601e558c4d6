import Foundation
package import OCIModel

/// What became of every image of a run; also the content of `report.json`.
///
/// `wanted = verified + failed + skipped` holds by construction and is checked by ``checkBalance()``.
package struct MirrorReport: Sendable, Codable, Equatable {
    /// The fate of one image.
    package enum Status: String, Sendable, Codable {
        /// Read back from the target (or sealed in the set) with the right digest.
        case verified
        /// Not delivered; no tag of it was set.
        case failed
        /// Left out on purpose.
        case skipped
    }

    /// One image.
    package struct Entry: Sendable, Codable, Equatable {
        /// The reference as it is known upstream.
        package let origin: ImageReference
        /// The digest; nil when it was never resolved.
        package let digest: Digest?
        /// Where it is, or was to be: the repository with its first tag or its digest; nil when it never had a place.
        package let destination: String?
        /// The kind.
        package let kind: ImageKind
        /// Why it was wanted.
        package let reasons: [Reason]
        /// What it is attached as, when it is an attachment.
        package let attachment: AttachmentType?
        /// Its fate.
        package let status: Status
        /// Why it failed or was skipped, one sentence.
        package let message: String?
        /// Whether bytes were wrong.
        package let isIntegrityFailure: Bool

        /// Joins the parts.
        package init(
            origin: ImageReference,
            digest: Digest?,
            destination: String?,
            kind: ImageKind,
            reasons: [Reason],
            attachment: AttachmentType? = nil,
            status: Status,
            message: String? = nil,
            isIntegrityFailure: Bool = false
        ) {
            self.origin = origin
            self.digest = digest
            self.destination = destination
            self.kind = kind
            self.reasons = reasons
            self.attachment = attachment
            self.status = status
            self.message = message
            self.isIntegrityFailure = isIntegrityFailure
        }
    }

    /// What moved.
    package struct Traffic: Sendable, Codable, Equatable {
        /// Blobs moved over the wire or from the medium, each once.
        package var blobsMoved: Int
        /// Their bytes.
        package var bytesMoved: Int64
        /// Blobs that the target made appear in another repository by itself.
        package var blobsMounted: Int
        /// Blobs that were at the target already.
        package var blobsPresent: Int
        /// Images found complete at the target before anything moved.
        package var imagesPresent: Int

        /// Starts at zero.
        package init() {
            blobsMoved = 0
            bytesMoved = 0
            blobsMounted = 0
            blobsPresent = 0
            imagesPresent = 0
        }
    }

    /// What was asked of registries and other servers in the whole run.
    package struct Requests: Sendable, Codable, Equatable {
        /// How many requests were sent, each try counted.
        package let sent: Int64
        /// How many of them were sent because an earlier try had failed.
        package let retries: Int64

        /// Joins the parts.
        package init(sent: Int64, retries: Int64) {
            self.sent = sent
            self.retries = retries
        }
    }

    /// The images, sorted by kind and origin.
    package let entries: [Entry]
    /// How many images the run was asked for.
    package let wanted: Int
    /// What moved.
    package let traffic: Traffic
    /// What was asked of servers; nil when nobody counted.
    package var requests: Requests?
    /// The digests of images without any signature, attestation or referrer; absence is recorded, not an error.
    package let withoutAttachments: [Digest]
    /// What the user was warned of and must not forget, each a sentence: releases without signature, for example.
    package let warnings: [String]
    /// The conditional updates that chosen paths cross.
    package let conditionalUpdates: [PlannedReleases.ConditionalUpdate]

    /// Joins the parts, sorting them; warnings stay in their order.
    package init(
        entries: [Entry],
        wanted: Int,
        traffic: Traffic,
        withoutAttachments: [Digest] = [],
        warnings: [String] = [],
        conditionalUpdates: [PlannedReleases.ConditionalUpdate] = []
    ) {
        self.entries = entries.sorted {
            ($0.kind, $0.origin.description, $0.destination ?? "") < (
                $1.kind, $1.origin.description, $1.destination ?? ""
            )
        }
        self.wanted = wanted
        self.traffic = traffic
        self.withoutAttachments = withoutAttachments.sorted()
        self.warnings = warnings
        self.conditionalUpdates = conditionalUpdates
    }

    /// How many images have a status.
    package func count(_ status: Status) -> Int {
        entries.count { $0.status == status }
    }

    /// Whether every wanted image has exactly one fate.
    package func checkBalance() -> Bool {
        wanted == entries.count && wanted == count(.verified) + count(.failed) + count(.skipped)
    }

    /// The exit code: 0, or the bits of the kinds that failed, and 32 when bytes were wrong.
    package var exitCode: Int32 {
        let integrityBit: Int32 = 32
        return entries.filter { $0.status == .failed }.reduce(checkBalance() ? 0 : 1) { code, entry in
            code | entry.kind.exitBit | (entry.isIntegrityFailure ? integrityBit : 0)
        }
    }

    /// The bytes of `report.json`.
    ///
    /// - Throws: `EncodingError`, which does not happen for these types.
    package func file() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
