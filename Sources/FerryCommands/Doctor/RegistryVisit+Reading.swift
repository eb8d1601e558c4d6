import HTTPTransport
import ImageStorage
import OCIModel
import RegistryClient

extension RegistryVisit {
    /// What may be read.
    ///
    /// - Throws: `CancellationError`.
    func read() async throws {
        guard subject.role == .target else {
            try await log.run(.pull) { try await checkSamples() }
            return
        }
        try await log.run(.pull) {
            guard let repository = try subject.needs?.probeRepository() else {
                return .skipped("no repository is named")
            }
            let answer = try await client.probeTags(of: repository)
            noteLimits(answer)
            if answer.isSuccess { return .ok("\(repository) may be read") }
            if answer.status == 404 { return .ok("\(repository) is not there yet") }
            let reason = answer.refusal?.finding ?? "status \(answer.status)"
            // Where nothing is pushed, it is all that is known.
            guard subject.isWritten else { return .fail(reason, pullRemedy(repository)) }
            return .warn(reason, "an import reads back what it wrote: the account must be allowed to pull, too")
        }
    }

    /// Reads what a plan names, in a few repositories: at one host each may have credentials of its own.
    private func checkSamples() async throws -> CheckOutcome {
        guard !subject.samples.isEmpty else {
            return .skipped("no repository is named: docker://\(subject.registry)/PATH, or --lock FILE")
        }
        for sample in subject.samples {
            let answer: ProbeAnswer
            if let reference = sample.reference {
                answer = try await client.probeManifest(reference, in: sample.repository)
            } else {
                answer = try await client.probeTags(of: sample.repository)
            }
            noteLimits(answer)
            // A path is no repository as a rule; what counts is that the question is allowed.
            if sample.reference == nil, answer.status == 404 { continue }
            guard let refusal = answer.refusal else { continue }
            let fix =
                answer.status == 404
                ? "plan again: what the plan names is not there"
                : pullRemedy(sample.repository)
            return .fail(refusal.finding, fix)
        }
        let names = subject.samples.prefix(3).map { $0.repository.text }.joined(separator: ", ")
        let rest = subject.samples.count > 3 ? " and \(subject.samples.count - 3) more" : ""
        return .ok("\(names)\(rest) may be read")
    }

    private func pullRemedy(_ repository: RepositoryPath) -> String {
        "log in with an account that may pull \(repository), or name a file with --authfile"
    }

    /// Limits are announced with pulls by those that count them.
    private func noteLimits(_ answer: ProbeAnswer) {
        guard answer.fields.all.contains(where: { $0.name.lowercased().contains("ratelimit") }) else { return }
        noteRateLimit(answer.fields)
    }
}
