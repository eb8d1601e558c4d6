import ImageStorage
import OCIModel
import RegistryClient

extension RegistryVisit {
    /// What may be written.
    ///
    /// - Throws: `CancellationError`.
    func write() async throws {
        guard let needs = subject.needs, let repository = try await push(needs) else { return }
        try await checkCreation(needs)
        try await checkMount(needs, from: repository)
        let takesParts = try await log.run(.parts) { try await checkParts(repository, needs) }
        try await checkBodies(repository, needs, takesParts: takesParts)
        try await checkManifests(repository, needs)
    }

    /// Pushes the tiny image's blobs, as deep as the plan goes or as deep as the registry takes them.
    ///
    /// - Returns: where they are; nil when nothing may be pushed.
    private func push(_ needs: TargetNeeds) async throws -> RepositoryPath? {
        let deepest = try needs.probeRepository()
        var place: RepositoryPath?
        try await log.run(.push) {
            guard let refusal = try await pushBlobs(to: deepest) else {
                place = deepest
                return .ok("\(Self.bytes(content)) bytes pushed to \(deepest)")
            }
            if let shallow = try await shallowerPlace(needs, deepest, refusal) {
                guard let other = try await pushBlobs(to: shallow.repository) else {
                    place = shallow.repository
                    noteDepth(deepest, shallow.limit, refusal)
                    return .ok("\(Self.bytes(content)) bytes pushed to \(shallow.repository)")
                }
                return pushFailure(other, shallow.repository)
            }
            return pushFailure(refusal, deepest)
        }
        guard let place else { return nil }
        if place == deepest { try await checkDepth(needs, deepest) }
        return place
    }

    private static func bytes(_ content: ProbeContent) -> Int { content.config.bytes.count + content.layer.bytes.count }

    /// Pushes both blobs in one piece each.
    ///
    /// - Returns: the refusal; nil when both are there.
    private func pushBlobs(to repository: RepositoryPath) async throws -> ProbeAnswer? {
        for blob in [content.config, content.layer] {
            let begin = try await client.probeUpload(in: repository)
            guard begin.answer.isSuccess, let session = begin.session else { return begin.answer }
            leftovers.add(.blob(blob.digest, repository))
            let end = try await client.probeEnd(blob.bytes, digest: blob.digest, of: session, in: repository)
            guard end.isSuccess else {
                leftovers.remove(.blob(blob.digest, repository))
                leftovers.add(session, in: repository)
                return end
            }
        }
        return nil
    }

    private func pushFailure(_ answer: ProbeAnswer, _ repository: RepositoryPath) -> CheckOutcome {
        let reason =
            answer.refusal.map { "\($0)" }
            ?? "the registry began an upload to \(repository) without saying where it goes"
        return .fail(reason, pushRemedy(answer, repository))
    }

    private func pushRemedy(_ answer: ProbeAnswer, _ repository: RepositoryPath) -> String {
        let first = repository.components.first.map(String.init) ?? repository.text
        switch (traits.creation, answer.status) {
        case (.everyRepository, 404), (_, 404):
            if case .first(let word) = traits.creation {
                return "the \(word) \"\(first)\" must exist before the first push: make it there"
            }
            return "the repository \(repository) must exist before the first push: make it there"
        case (_, 405): return "the registry is read-only"
        case (.first(let word), 401), (.first(let word), 403):
            return "the \(word) \"\(first)\" must exist, and the account must be allowed to push to it"
        case (_, 401), (_, 403): return "log in with an account that may push to \(repository)"
        case (_, 413): return "raise the limit for bodies at the proxy before the registry"
        default: return "look into the registry's log"
        }
    }

    var traits: RegistryTraits { .of(log.recognition?.kind ?? .unknown) }

    /// Sees whether all that must exist before a push does, where registries make nothing by themselves.
    private func checkCreation(_ needs: TargetNeeds) async throws {
        let repositories = try needs.repositories()
        guard traits.creation != .byPush, repositories.count > 1 else {
            let text =
                traits.creation == .byPush
                ? "repositories come into being by a push" : "the one that was pushed to is there"
            log.note(.creation, .ok(text))
            return
        }
        try await log.run(.creation) {
            var asked: [RepositoryPath] = []
            var seen: Set<String> = []
            for repository in repositories {
                let key = traits.creation == .everyRepository ? repository.text : String(repository.components[0])
                if seen.insert(key).inserted { asked.append(repository) }
            }
            var refused: [RepositoryPath] = []
            for repository in asked.prefix(Self.maximumCreationQuestions) {
                if try await !mayBegin(in: repository) { refused.append(repository) }
            }
            guard let first = refused.first else {
                return .ok("all that the plan needs are there (\(asked.count) asked for)")
            }
            let names = refused.prefix(10).map(\.text).joined(separator: ", ")
            let rest = refused.count > 10 ? " and \(refused.count - 10) more" : ""
            let what: String =
                if case .first(let word) = traits.creation {
                    "the \(word) of each must exist, such as \"\(first.components[0])\""
                } else {
                    "make them before the first push"
                }
            return .fail("no push is taken for \(names)\(rest)", what)
        }
    }

    private static let maximumCreationQuestions = 100

    /// Whether an upload may begin somewhere; it is given up at once.
    func mayBegin(in repository: RepositoryPath) async throws -> Bool {
        let begin = try await client.probeUpload(in: repository)
        if let session = begin.session { leftovers.add(session, in: repository) }
        return begin.answer.isSuccess
    }
}
