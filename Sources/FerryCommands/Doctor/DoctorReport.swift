import OCIModel
import RegistryClient

/// What was found at all registries and services, and whether the mirror would work.
struct DoctorReport: Sendable {
    /// The registries, sources first.
    let registries: [RegistryFindings]
    /// The sources that stand in for each other: of each group one must work.
    let groups: [Set<RegistryName>]
    /// What planning asks for besides them; each must work.
    var services: [ServiceFindings] = []

    /// Why the mirror would fail, each a sentence; none when it would work.
    var reasons: [String] {
        let failed = registries.filter { $0.status == .fail }
        let deadSources = Set(failed.filter { $0.subject.role == .source }.map(\.subject.registry))
        let decisive = groups.filter { $0.isSubset(of: deadSources) }.reduce(into: Set<RegistryName>()) {
            $0.formUnion($1)
        }
        let unusable = services.flatMap { $0.checks.failures(at: $0.subject.place) }
        return failed.flatMap { findings -> [String] in
            guard findings.subject.role == .target || decisive.contains(findings.subject.registry) else { return [] }
            return findings.checks.failures(at: findings.subject.place)
        } + unusable
    }

    /// Whether the mirror would work.
    var wouldSucceed: Bool { reasons.isEmpty }

    /// The report as data; its shape is documented in docs/doctor.md and stays as it is, but for further members.
    private struct Document: Encodable {
        struct Registry: Encodable {
            let registry: String
            let place: String
            let role: DoctorSubject.Role
            let kind: RegistryKind?
            let kindName: String?
            let evidence: String?
            let expectations: [Expectation]
            let status: CheckStatus
            let seconds: Double
            let checks: [CheckResult]
        }

        struct Service: Encodable {
            let service: ServiceSubject.Kind
            let place: String
            let status: CheckStatus
            let seconds: Double
            let checks: [CheckResult]
        }

        struct Expectation: Encodable {
            let topic: RegistryTraits.Topic
            let text: String
        }

        let wouldSucceed: Bool
        let reasons: [String]
        let registries: [Registry]
        let services: [Service]
    }

    /// The report as JSON.
    ///
    /// - Throws: `EncodingError`, which does not happen for these types.
    func json() throws -> String {
        try JSONOutput.text(
            Document(
                wouldSucceed: wouldSucceed,
                reasons: reasons,
                registries: registries.map { findings in
                    Document.Registry(
                        registry: findings.subject.registry.text,
                        place: findings.subject.place,
                        role: findings.subject.role,
                        kind: findings.recognition?.kind,
                        kindName: findings.recognition?.kind.name,
                        evidence: findings.recognition?.evidence.map { PrintableText.of($0) },
                        expectations: findings.expectations.map {
                            Document.Expectation(topic: $0.topic, text: $0.text)
                        },
                        status: findings.status,
                        seconds: Self.seconds(findings.took),
                        checks: findings.checks
                    )
                },
                services: services.map { findings in
                    Document.Service(
                        service: findings.subject.kind,
                        place: findings.subject.place,
                        status: findings.status,
                        seconds: Self.seconds(findings.took),
                        checks: findings.checks
                    )
                }
            )
        )
    }

    /// A time in seconds, to the millisecond.
    private static func seconds(_ time: Duration) -> Double { ((time / .seconds(1)) * 1_000).rounded() / 1_000 }
}
