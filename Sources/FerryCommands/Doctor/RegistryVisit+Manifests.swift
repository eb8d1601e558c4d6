import HTTPTransport
import ImageStorage
import OCIModel
import RegistryClient

extension RegistryVisit {
    /// What is taken of manifests, lists, artifacts and tags.
    func checkManifests(_ repository: RepositoryPath, _ needs: TargetNeeds) async throws {
        var taken: [MediaType: ManifestDocument] = [:]
        try await log.run(.mediaTypes) {
            let (accepted, outcome) = try await checkMediaTypes(repository, needs)
            taken = accepted
            return outcome
        }
        try await log.run(.sparseLists) { try await checkSparseLists(taken, repository, needs) }
        guard let manifest = taken[.ociManifest] ?? taken[.dockerManifest] else { return }
        try await log.run(.referrers) { try await checkReferrers(manifest, repository, needs) }
        try await log.run(.tagImmutability) { try await checkTags(manifest, repository) }
    }

    /// Puts a manifest of each type, by digest, so that nobody sees it.
    private func checkMediaTypes(
        _ repository: RepositoryPath,
        _ needs: TargetNeeds
    ) async throws -> ([MediaType: ManifestDocument], CheckOutcome) {
        var taken: [MediaType: ManifestDocument] = [:]
        var refused: [(type: MediaType, answer: ProbeAnswer)] = []
        for type in [MediaType.ociManifest, .dockerManifest] {
            let document = try content.manifest(type)
            let answer = try await put(document, at: .digest(document.digest), in: repository)
            if answer.isSuccess { taken[type] = document } else { refused.append((type, answer)) }
        }
        for (type, own) in [(MediaType.ociIndex, MediaType.ociManifest), (.dockerManifestList, .dockerManifest)] {
            guard let child = taken[own] ?? taken.values.first else { continue }
            let document = try content.list(type, of: child, absent: false)
            let answer = try await put(document, at: .digest(document.digest), in: repository)
            if answer.isSuccess { taken[type] = document } else { refused.append((type, answer)) }
        }
        guard let first = refused.first else {
            return (taken, .ok("manifests and lists of the OCI and of Docker are taken"))
        }
        let names = refused.map { "\($0.type) (\($0.answer.status))" }.joined(separator: ", ")
        let needed = refused.filter { needs.mediaTypes.contains($0.type) }
        let reason = first.answer.refusal.map { ": \($0)" } ?? ""
        let remedy = "allow these types in the registry's settings, or update it; ferry converts nothing"
        guard needed.isEmpty, !taken.isEmpty else {
            return (taken, .fail("refused, and needed: \(names)\(reason)", remedy))
        }
        let use = needs.mediaTypes.isEmpty ? "images of these types would fail" : "the plan has none of these"
        return (taken, .warn("refused: \(names); \(use)", needs.mediaTypes.isEmpty ? remedy : nil))
    }

    /// Puts a list of which one image is not there.
    private func checkSparseLists(
        _ taken: [MediaType: ManifestDocument],
        _ repository: RepositoryPath,
        _ needs: TargetNeeds
    ) async throws -> CheckOutcome {
        let type: MediaType = taken[.ociIndex] != nil ? .ociIndex : .dockerManifestList
        guard taken[type] != nil,
            let child = type == .ociIndex ? taken[.ociManifest] ?? taken[.dockerManifest] : taken[.dockerManifest]
        else { return .skipped("no list is taken") }
        let document = try content.list(type, of: child, absent: true)
        let answer = try await put(document, at: .digest(document.digest), in: repository)
        if answer.isSuccess { return .ok("a list is taken although one of its images is not there") }
        let text = "a list is refused (\(answer.status)) when one of its images is not there"
        if needs.hasSparseLists {
            return .fail(
                "\(text), and the plan chooses platforms of lists",
                "mirror whole lists (leave \"platforms\" out), or relax the registry's validation"
            )
        }
        return needs.destinations.isEmpty
            ? .warn("\(text): choosing \"platforms\" of an image will fail") : .ok("\(text); the plan has none")
    }

    /// Puts an artifact with a subject, and asks for the subject's referrers.
    private func checkReferrers(
        _ manifest: ManifestDocument,
        _ repository: RepositoryPath,
        _ needs: TargetNeeds
    ) async throws -> CheckOutcome {
        let artifact = try content.artifact(of: manifest)
        let answer = try await put(artifact, at: .digest(artifact.digest), in: repository)
        if let refusal = answer.refusal {
            let remedy = "allow artifacts in the registry's settings, or leave them out with --remove-signatures"
            return needs.hasReferrers
                ? .fail("artifacts are refused: \(refusal)", remedy)
                : .warn("artifacts are refused (\(answer.status)): signatures with a subject would fail", remedy)
        }
        let list = try await client.probeReferrers(of: manifest.digest, in: repository)
        let isListed =
            list.isSuccess && String(decoding: list.bytes, as: UTF8.self).contains(artifact.digest.description)
        if isListed { return .ok("artifacts are taken, and the referrers API lists them") }
        guard answer.fields["oci-subject"] == nil else {
            return .warn(
                "the registry says that it lists referrers, and its list (\(list.status)) lacks what was just pushed",
                "update the registry: clients will not find signatures there"
            )
        }
        return .ok(
            "artifacts are taken; there is no referrers API (\(list.status)), so ferry keeps their list under a tag"
        )
    }

    /// Moves a tag.
    private func checkTags(_ manifest: ManifestDocument, _ repository: RepositoryPath) async throws -> CheckOutcome {
        guard try await mayDelete(repository) else {
            return .skipped("the registry deletes nothing, and a tag of doctor's would stay")
        }
        let other = try content.manifest(manifest.mediaType, note: "moved")
        let first = try await put(manifest, at: .tag(content.tag), in: repository)
        if let refusal = first.refusal {
            return .fail("a tag is refused: \(refusal)", "give the account the right to tag images in \(repository)")
        }
        let second = try await put(other, at: .tag(content.tag), in: repository)
        guard let refusal = second.refusal else { return .ok("a tag may be moved to another image") }
        return .warn(
            "tags are immutable there: \(refusal)",
            "images whose tags have moved upstream fail; allow it for such tags, or give them another targetTag"
        )
    }

    /// Whether manifests can be deleted: the artifact goes first, nothing refers to it.
    private func mayDelete(_ repository: RepositoryPath) async throws -> Bool {
        let written = leftovers.items.last { if case .manifest = $0 { true } else { false } }
        guard let written else { return false }
        return try await leftovers.delete(written).isSuccess
    }

    /// Puts a manifest, to be deleted again.
    private func put(
        _ document: ManifestDocument,
        at reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ProbeAnswer {
        var items: [DoctorLeftovers.Item] = [.manifest(document.digest, repository)]
        if case .tag(let tag) = reference { items.append(.tag(tag, repository)) }
        let known = Set(leftovers.items)
        for item in items { leftovers.add(item) }
        let answer = try await client.probePut(document, at: reference, in: repository)
        if !answer.isSuccess, answer.status < 500 {
            for item in items where !known.contains(item) { leftovers.remove(item) }
        }
        return answer
    }
}
