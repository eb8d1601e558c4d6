import ImageStorage
import MirrorPlan
import OCIModel

extension TransferWork {
    /// Puts a manifest under a tag, or by its digest when that is nil.
    ///
    /// - Returns: `.done`.
    /// - Throws: what source and target throw; `TransferFailure` for a manifest that the sources do not have, or that is not
    ///   as planned.
    func put(_ place: ContentPlace, tag: Tag?, source: SourceState) async throws -> TransferOutcome {
        guard let planned = index.manifests[place.digest] else { throw Self.notPlanned(place.digest) }
        let document: ManifestDocument
        do {
            document = try await self.document(place.digest)
        } catch {
            source.record(error)
            throw error
        }
        try check(document, against: planned)
        do {
            try await targets[place.target].writeManifest(document, to: place.repository, tag: tag)
        } catch {
            throw explained(error, manifest: planned)
        }
        return .done
    }

    /// A manifest from the first of its sources that has it, so that an image does not fail for another's registry.
    private func document(_ digest: Digest) async throws -> ManifestDocument {
        let origins = origins[digest] ?? []
        guard let first = origins.first else { throw Self.notPlanned(digest) }
        var failure: any Error = TransferFailure(
            message: "manifest \(first)@\(digest) is no longer at its source; plan again, or bring it back there",
            isGone: true,
            step: .read,
            details: FailureDetails(registry: first.registry.text, nextStep: "plan again, or bring it back there")
        )
        for origin in origins {
            do {
                let source = try sources.source(for: origin.registry)
                if let document = try await library.document(digest, in: origin.path, of: source) { return document }
            } catch {
                try Task.checkCancellation()
                failure = error
            }
        }
        throw failure
    }

    /// A lock file may have been written by hand: what it leaves out would be missing at the target without a word.
    private func check(_ document: ManifestDocument, against planned: PlannedManifest) throws {
        let actual = PlannedManifest(document, children: planned.children, platform: planned.platform)
        let children = Set(document.manifest.children.map(\.digest))
        guard actual.size == planned.size, actual.blobs == planned.blobs, actual.subject == planned.subject,
            children == Set(planned.children).union(planned.omitted)
        else {
            throw TransferFailure(
                message: "manifest \(document.digest) has other contents than the lock file says; plan again"
            )
        }
    }

    private func explained(_ error: any Error, manifest: PlannedManifest?) -> any Error {
        guard let manifest, !manifest.omitted.isEmpty,
            [.refused, .notFound].contains(ContentFailureKind(of: error))
        else { return error }
        let failure = TransferFailure(of: error)
        return TransferFailure(
            message: "the target does not take a list of which \(manifest.omitted.count) images are left out by "
                + "\"platforms\" (\(failure.message)); mirror all platforms, or let the registry accept sparse lists",
            details: FailureDetails(
                registry: failure.details.registry,
                endpoint: failure.details.endpoint,
                status: failure.details.status,
                attempts: failure.details.attempts,
                nextStep: "mirror all platforms, or let the registry accept sparse lists"
            )
        )
    }
}
