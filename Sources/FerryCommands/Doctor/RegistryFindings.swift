import OCIModel
import RegistryClient

/// What was found at one registry.
struct RegistryFindings: Sendable {
    /// The registry.
    let subject: DoctorSubject
    /// Which registry it is; nil when it did not say.
    let recognition: RegistryRecognition?
    /// How long all took.
    let took: Duration
    /// The checks, in the order of ``DoctorCheck``, each once.
    let checks: [CheckResult]

    /// The worst that was found.
    var status: CheckStatus { checks.worst }

    /// What such registries do, in general.
    var expectations: [RegistryTraits.Expectation] {
        recognition.map { RegistryTraits.of($0.kind).expectations } ?? []
    }

    /// What is still to be expected: about what was tried and went well, the checks say what is true of this one.
    var openExpectations: [RegistryTraits.Expectation] {
        let proven = Set(checks.filter { $0.status == .ok || $0.status == .warn }.map(\.check))
        return expectations.filter { expectation in expectation.topic.check.map { !proven.contains($0) } ?? true }
    }
}

extension RegistryTraits.Topic {
    /// The check that tells how it is in fact; nil when none does.
    fileprivate var check: DoctorCheck? {
        switch self {
        case .paths: .pathDepth
        case .creation: .push
        case .credentials: .auth
        case .mounts: .mount
        case .bodies: .bodySize
        case .mediaTypes: .mediaTypes
        case .lists: .sparseLists
        case .referrers: .referrers
        case .tags: .tagImmutability
        case .deletion: .deletion
        case .limits: nil
        }
    }
}
