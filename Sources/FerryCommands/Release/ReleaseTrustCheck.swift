import Logging
import MirrorPlan
import OCIModel
import OpenPGP
import Releases

/// Finds out whether a release is signed before something of it is used.
///
/// The rules are those of a release that a configuration names itself: without a signature there is a warning, and a
/// wrong signature is refused.
struct ReleaseTrustCheck: Sendable {
    /// What is asked of signatures, and where they are.
    let trust: ReleaseTrustOptions
    /// Where the release was found.
    let library: ReleaseLibrary
    /// What to work with.
    let session: Session

    /// Looks for the signatures of a release and says what it found.
    ///
    /// Those of a media set are in its lock file; only when it has none are stores asked, and of these only named ones.
    ///
    /// - Parameters:
    ///   - found: the release.
    ///   - version: what it calls itself.
    /// - Throws: `ReleasesError` when its signature is wrong, or it has none and must; `FerryError` for variables and key
    ///   files that are wrong; `CancellationError`.
    func check(_ found: ReleaseLibrary.Found, version: String) async throws {
        guard trust.policy != .ignored else {
            return session.logger.warning("\(ReleaseKnowledge.unchecked)")
        }
        let signatures: [VerifiedReleaseSignature]
        do {
            signatures = try await self.signatures(of: found, version: version)
        } catch let failure as ReleasesError where trust.policy.permits(failure, isPinned: true) {
            return session.logger.warning(
                """
                release \(found.reference) has no signature that could be checked: \(PrintableText.of(failure.reason)); \
                --require-signatures refuses such releases
                """
            )
        }
        tell(signatures, about: found.reference)
    }

    private func signatures(
        of found: ReleaseLibrary.Found,
        version: String
    ) async throws -> [VerifiedReleaseSignature] {
        let digest = found.document.digest
        let product = product(of: found, version: version)
        guard let set = library.set else {
            let place = PayloadPlace(
                document: found.document,
                reference: found.reference,
                repository: found.reference.repository.path,
                source: found.source
            )
            return try await ReleaseKnowledge.storedSignatures(trust, over: session.transport, in: nil)
                .signatures(of: digest, product: product, storesOf: place)
        }
        do {
            return try await ReleaseKnowledge.lockedSignatures(set.plan, trust)
                .signatures(of: digest, product: product, storesOf: nil)
        } catch let failure as ReleasesError
            where failure.code == .signatureNotFound && trust.signatures.namesStores()
        {
            return try await ReleaseKnowledge.storedSignatures(trust, over: session.transport, in: nil)
                .signatures(of: digest, product: product, storesOf: nil)
        }
    }

    /// Whose keys may have signed the release: what a set's lock file says, else what its name and version tell.
    private func product(of found: ReleaseLibrary.Found, version: String) -> ReleaseProduct {
        let planned = library.set?.plan.releases?.releases.first { $0.digest == found.document.digest }
        if let product = planned.flatMap({ ReleaseProduct(rawValue: $0.product) }) { return product }
        // In a mirror the path says nothing; a version such as 4.20.0-okd-scos.1 does.
        return version.contains("okd") ? .okd : WantedRelease(pinned: found.reference).product
    }

    private func tell(_ signatures: [VerifiedReleaseSignature], about reference: ImageReference) {
        for signature in signatures {
            session.logger.info(
                "release \(reference) is signed by \(signature.key.fingerprint) as \(PrintableText.of(signature.reference))"
            )
            for note in signature.notes { session.logger.notice("release \(reference): \(PrintableText.of(note))") }
        }
        let names = Set(signatures.compactMap(\.tag))
        guard let tag = reference.tag, !names.isEmpty, !names.contains(tag) else { return }
        session.logger.warning(
            """
            release \(reference) was signed under another tag, \(names.map(\.text).sorted().joined(separator: ", ")): \
            look whether it is the one that you mean
            """
        )
    }
}
