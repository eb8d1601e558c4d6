import ImageSetConfig
import ImageStorage
import MirrorPlan
import OCIModel
import RegistriesConf

/// Which registries a plan is about.
struct DoctorScope: Sendable {
    /// The most things that are read of one source.
    static let maximumSamples = 5

    /// The registries: sources first, sorted, then the targets as given.
    let subjects: [DoctorSubject]
    /// The sources that stand in for each other, by `registries.conf`: of each group one must work.
    let groups: [Set<RegistryName>]
    /// What planning asks for besides registries.
    var services: [ServiceSubject] = []

    /// How much there is to examine, for people.
    var title: String {
        let registries = "\(subjects.count) registr\(subjects.count == 1 ? "y" : "ies")"
        guard !services.isEmpty else { return registries }
        return registries + " and \(services.count) service\(services.count == 1 ? "" : "s")"
    }

    /// What is known of a repository that is read.
    private struct Source {
        let repository: Repository
        var reference: ManifestReference?

        init(_ repository: Repository, _ reference: ManifestReference? = nil) {
            self.repository = repository
            self.reference = reference
        }

        init(_ image: ImageReference) {
            repository = image.repository
            reference = image.digest.map { .digest($0) } ?? image.tag.map { .tag($0) }
        }
    }

    /// The registries that are named, and nothing else.
    init(_ targets: [TargetNamespace]) {
        subjects = targets.map { DoctorSubject(registry: $0.registry, role: .target, needs: TargetNeeds($0)) }
        groups = []
    }

    private init(_ subjects: [DoctorSubject], _ groups: [Set<RegistryName>], _ services: [ServiceSubject]) {
        self.subjects = subjects
        self.groups = groups
        self.services = services
    }

    /// The same, and nothing is written to the targets.
    func readOnly() -> DoctorScope {
        let subjects = subjects.map { subject in
            var subject = subject
            subject.isReadOnly = subject.role == .target
            return subject
        }
        return DoctorScope(subjects, groups, services)
    }

    /// The registries of a plan.
    ///
    /// - Throws: `RegistriesConfError` for images that must not be read.
    init(plan: MirrorPlan, conf: RegistriesConf, targets: [TargetNamespace]) throws {
        // Graph images are made here, and are in no registry before.
        let read = plan.primaryImages.filter { $0.kind != .graph }
        let sources = read.map { Source($0.source, .digest($0.digest)) }
        (subjects, groups) = try Self.subjects(sources, conf, targets.map { TargetNeeds($0, plan: plan) })
    }

    /// The registries that a configuration names, found without asking any; what releases consist of is not known then.
    ///
    /// - Throws: `RegistriesConfError` for images that must not be read.
    init(_ configuration: ImageSetConfiguration, conf: RegistriesConf, targets: [TargetNamespace]) throws {
        var sources: [Source] = []
        var destinations: Set<RepositoryPath> = []
        for image in configuration.additionalImages {
            guard case .registry(let reference) = image.source else { continue }
            sources.append(Source(reference))
            destinations.insert(try image.targetRepo ?? ImageReference.writtenPath(of: image.name))
        }
        if let platform = configuration.platform {
            if let release = platform.release { sources.append(Source(release)) }
            if platform.release == nil, platform.channels.contains(where: { $0.product == .ocp }) {
                // Where the update graph's releases are; which these are is not looked at.
                sources.append(Source(try Repository("quay.io/openshift-release-dev/ocp-release")))
            }
            if platform.release != nil || !platform.channels.isEmpty {
                destinations.formUnion(
                    try ["openshift/release", "openshift/release-images"].map { try RepositoryPath($0) }
                )
            }
            if platform.graph { destinations.insert(try RepositoryPath("openshift/graph-image")) }
        }
        for catalog in configuration.operators {
            guard case .registry(let reference) = catalog.source else { continue }
            sources.append(Source(reference))
        }
        let needs = targets.map { target in
            var needs = TargetNeeds(target)
            needs.destinations = destinations.sorted()
            needs.hasSparseLists = configuration.additionalImages.contains { !$0.platforms.isEmpty }
            return needs
        }
        (subjects, groups) = try Self.subjects(sources, conf, needs)
    }

    private static func subjects(
        _ sources: [Source],
        _ conf: RegistriesConf,
        _ needs: [TargetNeeds]
    ) throws -> ([DoctorSubject], [Set<RegistryName>]) {
        var samples: [RegistryName: [DoctorSubject.Sample]] = [:]
        var seen: Set<Repository> = []
        var groups: Set<Set<RegistryName>> = []
        for source in sources where seen.insert(source.repository).inserted {
            let request: RegistriesConf.Request = source.reference.map { .manifest($0) } ?? .tags
            let places = try conf.places(of: source.repository, for: request)
            for place in places {
                let sample = DoctorSubject.Sample(repository: place.repository.path, reference: source.reference)
                samples[place.repository.registry, default: []].append(sample)
            }
            groups.insert(Set(places.map(\.repository.registry)))
        }
        let read = samples.sorted { $0.key < $1.key }.map { registry, samples in
            DoctorSubject(registry: registry, role: .source, samples: Array(samples.prefix(maximumSamples)))
        }
        let written = needs.map { DoctorSubject(registry: $0.namespace.registry, role: .target, needs: $0) }
        return (read + written, groups.sorted { $0.sorted().lexicographicallyPrecedes($1.sorted()) })
    }
}
