import ImageStorage
import OCIModel

/// One registry as images name it, read from the places that `registries.conf` gives for its repositories.
///
/// Places are asked in order; who has it not, does not answer or gives wrong bytes is passed over. What was read is
/// named by its own registry everywhere, so nothing of this shows in a plan.
struct MirroredSource: ImageSource {
    let registry: RegistryName
    let conf: RegistriesConf
    let upstream: any ImageSourceProvider
    let knowledge: MirrorKnowledge
    let notice: @Sendable (MirrorNotice) -> Void

    func manifest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> ManifestDocument? {
        let name = Repository(registry: registry, path: repository)
        let (document, attempts) = try await ask(conf.places(of: name, for: .manifest(reference))) { source, place in
            try await source.manifest(place.image ?? reference, in: place.repository.path)
        }
        // An image that is wanted: that a registry did not answer must not look as if there were no such image.
        guard document == nil, !attempts.isNowhere else { return document }
        throw attempts.error(about: "manifest \(reference) of \(name)")
    }

    func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        let name = Repository(registry: registry, path: repository)
        let (digest, attempts) = try await ask(conf.places(of: name, for: .manifest(reference))) { source, place in
            try await source.manifestDigest(place.image ?? reference, in: place.repository.path)
        }
        guard digest == nil, !attempts.isAbsence else { return digest }
        throw attempts.error(about: "manifest \(reference) of \(name)")
    }

    func tags(in repository: RepositoryPath) async throws -> [Tag] {
        let name = Repository(registry: registry, path: repository)
        let (tags, attempts) = try await ask(conf.places(of: name, for: .tags)) { source, place -> [Tag]? in
            let tags = try await source.tags(in: place.repository.path)
            return tags.isEmpty ? nil : tags
        }
        if let tags { return tags }
        guard !attempts.isAbsence else { return [] }
        throw attempts.error(about: "the list of tags of \(name)")
    }

    func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        let name = Repository(registry: registry, path: repository)
        let (found, attempts) = try await ask(conf.places(of: name, for: .content)) { source, place -> [Descriptor]? in
            let found = try await source.referrers(of: digest, in: place.repository.path)
            return found.isEmpty ? nil : found
        }
        if let found { return found }
        guard !attempts.isAbsence else { return [] }
        throw attempts.error(about: "the list of referrers of \(digest) in \(name)")
    }

    /// Asks one place after the other until one gives something.
    ///
    /// - Returns: what it gave; nil with what each place did.
    /// - Throws: the failure of the only place, when there is one; `CancellationError`.
    private func ask<Value: Sendable>(
        _ places: [PullPlace],
        _ question: (any ImageSource, PullPlace) async throws -> Value?
    ) async throws -> (Value?, PullAttempts) {
        var attempts = PullAttempts()
        for place in places {
            if let reason = reasonToSkip(place, among: places) {
                attempts.add(place, .givenUp, reason)
                continue
            }
            do {
                let value = try await question(upstream.source(for: place.repository.registry), place)
                knowledge.answered(place.repository.registry)
                if let value { return (value, attempts) }
                attempts.add(place, .notThere)
            } catch {
                try Task.checkCancellation()
                guard places.count > 1 else { throw error }
                note(error, of: place, in: &attempts)
            }
        }
        return (nil, attempts)
    }

    /// Why a place is passed over without a question; the only place never is.
    func reasonToSkip(_ place: PullPlace, among places: [PullPlace]) -> String? {
        places.count > 1 ? knowledge.reasonGivenUp(place.repository.registry) : nil
    }

    /// Notes what a place could not do, and tells what the user should know of it.
    func note(_ error: any Error, of place: PullPlace, in attempts: inout PullAttempts) {
        let kind = ContentFailureKind(of: error)
        let registry = place.repository.registry
        switch kind {
        case .notFound:
            knowledge.answered(registry)
            attempts.add(place, .notThere)
        case .unavailable:
            let isGivenUp = knowledge.failed(registry, reason: "\(error)")
            if isGivenUp { notice(.givenUp(registry, reason: "\(error)")) }
            let answer: PullAttempts.Answer =
                knowledge.reasonGivenUp(registry) == nil ? .failed(kind) : .givenUp
            attempts.add(place, answer, "\(error)")
        case .integrity:
            notice(.wrongBytes(place, reason: "\(error)"))
            attempts.add(place, .failed(kind), "\(error)")
        case .refused, .noSpace, .other:
            if knowledge.isFirstRefusal(of: place) { notice(.refused(place, reason: "\(error)")) }
            attempts.add(place, .failed(kind), "\(error)")
        }
    }
}
