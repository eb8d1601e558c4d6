import FerryTestSupport
import MirrorPlan
import OCIModel
import OpenPGP
import Testing

@testable import Releases

private typealias Tag = OCIModel.Tag

@Suite("Signatures in lock files that anybody may have written", .enabled(if: GnuPG.isInstalled))
struct LockedSignaturesTests {
    /// What a lock file says, to be changed by a test.
    private struct Lock {
        var kind = ImageKind.release
        var destination = "openshift/release-images"
        var tags = ["4.18.1-x86_64"]
        var attachedTo: Digest?
        var attachment: AttachmentType?
        var knowsRelease = true
        var releaseTag = "4.18.1-x86_64"
        var isPinned = false
        var product = "ocp"
        var isSigned = true
        var unsignedReason: String?
        /// Another signature, of no image of the plan.
        var stray: ReleaseSignature?
        var isListed = false

        static let digest = SignatureText.digest
        static let other = "sha256:" + String(repeating: "17", count: 32)

        func image() throws -> PlannedImage {
            let upstream = try Repository("quay.io/openshift-release-dev/ocp-release")
            return PlannedImage(
                origin: ImageReference(repository: upstream, digest: try Digest(Self.digest)),
                source: upstream,
                digest: try Digest(Self.digest),
                destination: try RepositoryPath(destination),
                tags: try tags.map { try Tag($0) },
                kind: kind,
                reasons: [],
                attachment: attachment,
                attachedTo: attachedTo
            )
        }

        func releases(_ signature: [UInt8]) throws -> PlannedReleases? {
            guard knowsRelease else { return nil }
            let digest = try Digest(Self.digest)
            let repository = try Repository("quay.io/openshift-release-dev/ocp-release")
            let release = PlannedRelease(
                digest: digest,
                repository: repository,
                version: "4.18.1",
                architecture: "amd64",
                product: product,
                tag: try Tag(releaseTag),
                isPinned: isPinned,
                signatures: (isSigned ? [ReleaseSignature(digest: digest, bytes: signature)] : [])
                    + (stray.map { [$0] } ?? []),
                unsignedReason: unsignedReason
            )
            let listed = PlannedReleases.Channel(
                name: "stable-4.18",
                architecture: "amd64",
                product: product,
                releases: [.init(version: "4.18.1", digest: digest, repository: repository)],
                updates: []
            )
            return PlannedReleases(releases: [release], channels: isListed ? [listed] : [])
        }
    }

    /// What becomes of a lock file: the sentences, or the code of the refusal.
    private enum Outcome: Equatable {
        case notices([String])
        case refused(ReleasesError.Code)
    }

    private func outcomes(
        _ locks: [Lock],
        policy: ReleaseSignaturePolicy = .pinnedMayLack,
        _ body: ([Outcome]) throws -> Void
    ) async throws {
        try await withGnuPG { gpg in
            let (key, stranger) = (try await gpg.makeKey("Release"), try await gpg.makeKey("OKD"))
            let signature = try await gpg.sign(SignatureText.document(), by: key)
            func verifier(_ key: String) async throws -> ReleaseSignatureVerifier {
                let ring = try KeyRing(decoding: try await gpg.publicKeys(key), name: "keys")
                return ReleaseSignatureVerifier(keyRing: ring, now: 4_000_000_000)
            }
            let verifiers = [ReleaseProduct.ocp: try await verifier(key), .okd: try await verifier(stranger)]
            var outcomes: [Outcome] = []
            for lock in locks {
                let locked = LockedSignatures(try lock.releases(signature), verifiers: verifiers)
                do {
                    outcomes.append(.notices(try await locked.check([try lock.image()], policy: policy)))
                } catch let failure as ReleasesError {
                    outcomes.append(.refused(failure.code))
                }
            }
            try body(outcomes)
        }
    }

    @Test func acceptsWhatIsSigned() async throws {
        let locks = [Lock(), Lock(isPinned: true), Lock(isListed: true), Lock(tags: [])]
        try await outcomes(locks) { #expect($0 == locks.map { _ in .notices([]) }) }
        try await outcomes(locks, policy: .required) { #expect($0 == locks.map { _ in .notices([]) }) }
    }

    @Test func refusesWhatIsForged() async throws {
        let other = try Digest(Lock.other)
        let cases: [(Lock, ReleasesError.Code)] = [
            (Lock(isSigned: false), .signatureNotFound),
            (Lock(isSigned: false, unsignedReason: "no store has a signature of it"), .signatureNotFound),
            // It is said to be pinned, and yet the graph has given it.
            (Lock(isPinned: true, isSigned: false, isListed: true), .signatureNotFound),
            (Lock(product: "okd"), .signatureUnknownKey),
            (Lock(product: "mine"), .signatureInvalidContent),
            (Lock(tags: ["4.18.2-x86_64"], releaseTag: "4.18.2-x86_64"), .signatureInvalidContent),
            (Lock(releaseTag: "4.18.2-x86_64"), .signatureInvalidContent),
            (Lock(kind: .additional, tags: ["4.18.2-x86_64"], knowsRelease: true), .signatureInvalidContent),
            (Lock(stray: ReleaseSignature(digest: other, bytes: [1, 2, 3])), .signatureMalformed),
            (Lock(isPinned: true, isSigned: false, stray: .init(digest: other, bytes: [0x90])), .signatureTruncated),
        ]
        try await outcomes(cases.map(\.0)) { #expect($0 == cases.map { .refused($0.1) }) }
    }

    @Test func tellsWhatLacksASignatureWhateverTheLockFileCallsIt() async throws {
        let cases = [
            Lock(isPinned: true, isSigned: false),
            Lock(knowsRelease: false),
            Lock(kind: .additional, knowsRelease: false),
            Lock(kind: .releaseContent, knowsRelease: false),
            Lock(kind: .graph, isPinned: true, isSigned: false),
            Lock(attachedTo: try Digest(Lock.other), attachment: .referrer, knowsRelease: false),
        ]
        try await outcomes(cases) { outcomes in
            for outcome in outcomes {
                guard case .notices(let notices) = outcome, notices.count == 1, let notice = notices.first else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(notice.contains("is mirrored without a signature"), "\(notice)")
            }
        }
        try await outcomes(cases, policy: .required) {
            #expect($0 == cases.map { _ in .refused(.signatureNotFound) })
        }
    }

    @Test func repeatsNothingAndLooksAtNothingElse() async throws {
        let other = try Digest(Lock.other)
        let locks = [
            // The plan itself warns of it.
            Lock(isPinned: true, isSigned: false, unsignedReason: "no store has a signature of it"),
            Lock(kind: .additional, destination: "team/app", knowsRelease: false),
            Lock(kind: .releaseContent, destination: "openshift/release", knowsRelease: false),
            Lock(tags: [], attachedTo: other, attachment: .referrer, knowsRelease: false),
            Lock(tags: ["sha256-\(other.hex).sig"], attachedTo: other, attachment: .signature, knowsRelease: false),
        ]
        try await outcomes(locks) { #expect($0 == locks.map { _ in .notices([]) }) }
        try await outcomes([Lock(isSigned: false)], policy: .ignored) { #expect($0 == [.notices([])]) }
    }
}
