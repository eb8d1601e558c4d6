extension RegistryTraits {
    /// What is known of a kind; for the unknown kind nothing is expected.
    package static func of(_ kind: RegistryKind) -> RegistryTraits {
        switch kind {
        case .openShift: openShift
        case .quay: quay
        case .harbor: harbor
        case .ecr: ecr
        case .gitLab: gitLab
        case .artifactory: artifactory
        case .nexus: nexus
        case .acr: acr
        case .ghcr: ghcr
        case .dockerHub: dockerHub
        case .zot: zot
        case .distribution: distribution
        case .unknown: RegistryTraits(.unknown, .byPush, [])
        }
    }

    private static let openShift = RegistryTraits(
        .openShift,
        .first("project"),
        [
            (.paths, "paths have exactly two components, project and image stream: use --max-nested-paths 2"),
            (.creation, "the project must exist (oc new-project NAME); image streams are made by the push"),
            (.credentials, "any user name, with a token as password (oc whoami -t, or a service account's)"),
            (.lists, "a list of lists is refused, and so is a list whose images are not all there"),
            (.referrers, "there is no referrers API: ferry keeps signatures under tags"),
            (.deletion, "deleting takes the rights of an administrator; what doctor leaves is pruned later"),
        ]
    )

    private static let quay = RegistryTraits(
        .quay,
        .first("organisation"),
        [
            (.paths, "older versions take two components only, organisation and repository: --max-nested-paths 2"),
            (
                .creation,
                "the organisation must exist, unless CREATE_NAMESPACE_ON_PUSH is set; repositories are private"
            ),
            (.credentials, "a robot account (organisation+name) must be allowed to create repositories"),
            (.mediaTypes, "the server's settings may refuse artifacts: FEATURE_GENERAL_OCI_SUPPORT"),
            (.bodies, "layers over MAXIMUM_LAYER_SIZE are refused, 20 GB by default"),
        ]
    )

    private static let harbor = RegistryTraits(
        .harbor,
        .first("project"),
        [
            (.creation, "the project (the first component) must exist; repositories below it are made by the push"),
            (.credentials, "a robot account (robot$name) needs push and pull for that project"),
            (.mounts, "layers are mounted from projects only that the account may read"),
            (.bodies, "a proxy before it may limit bodies (client_max_body_size): ferry then sends smaller parts"),
            (.tags, "a project may have rules for immutable tags, and a quota"),
        ]
    )

    private static let ecr = RegistryTraits(
        .ecr,
        .everyRepository,
        [
            (.creation, "every repository must exist, unless a creation template covers its prefix"),
            (.credentials, "user AWS with a password that lives 12 hours, or docker-credential-ecr-login"),
            (.mounts, "layers are mounted only when the account's setting for it is on, and only from pushed images"),
            (.tags, "repositories may have immutable tags: what is there is not pushed again, what differs is refused"),
            (.limits, "requests over the account's quota are answered 429; ferry slows down"),
        ]
    )

    private static let gitLab = RegistryTraits(
        .gitLab,
        .first("group and project"),
        [
            (.paths, "behind the project's own path only two further components are taken: use --max-nested-paths"),
            (.creation, "the path must begin with that of an existing project"),
            (.credentials, "a deploy token or access token with read_registry and write_registry"),
            (.limits, "tokens live a few minutes; ferry renews them in the middle of a blob"),
        ]
    )

    private static let artifactory = RegistryTraits(
        .artifactory,
        .first("repository key"),
        [
            (.paths, "with the path method the first component is the key of a local Docker repository"),
            (.creation, "that repository must exist; paths below it are made by the push"),
            (.mounts, "layers are not mounted from one repository key to another"),
            (.tags, "moving a tag takes the permission Delete/Overwrite"),
            (.mediaTypes, "settings of the repository may refuse media types of artifacts"),
        ]
    )

    private static let nexus = RegistryTraits(
        .nexus,
        .byPush,
        [
            (.paths, "a hosted repository usually has a port of its own: name that port"),
            (.credentials, "the realm \"Docker Bearer Token\" must be active, or Basic is used"),
            (.tags, "with the policy \"Disable redeploy\" tags are immutable"),
            (.mediaTypes, "versions before 3.15 do not take OCI types; ferry converts nothing"),
            (.referrers, "there is no referrers API: ferry keeps signatures under tags"),
        ]
    )

    private static let acr = RegistryTraits(
        .acr,
        .byPush,
        [
            (.credentials, "a token of az acr login lives three hours; a service principal or scoped token lasts"),
            (.tags, "locked tags and repositories refuse a push"),
            (.limits, "the service tier limits requests; ferry slows down"),
        ]
    )

    private static let ghcr = RegistryTraits(
        .ghcr,
        .first("user or organisation"),
        [
            (.creation, "the first component is the owner; packages are made by the push, private"),
            (.credentials, "a personal access token (classic) with write:packages"),
            (.bodies, "a layer may have 10 GB and take 10 minutes"),
            (.referrers, "there is no referrers API: ferry keeps signatures under tags"),
        ]
    )

    private static let dockerHub = RegistryTraits(
        .dockerHub,
        .first("user or organisation"),
        [
            (.paths, "paths have exactly two components: use --max-nested-paths 2"),
            (.creation, "the first component is the owner; repositories are made by the push, public by default"),
            (.mounts, "layers are mounted only from repositories that the account may read"),
            (.limits, "pulls are counted: log in, also to read"),
        ]
    )

    private static let zot = RegistryTraits(
        .zot,
        .byPush,
        [
            (.mediaTypes, "Docker's media types are refused unless its configuration says compat: [docker2s2]"),
            (.lists, "a list is refused as long as its images are not all there"),
        ]
    )

    private static let distribution = RegistryTraits(
        .distribution,
        .byPush,
        [
            (.lists, "a list is refused as long as its images are not all there, unless its validation is relaxed"),
            (.referrers, "there is no referrers API: ferry keeps signatures under tags"),
            (.deletion, "deleting is off unless REGISTRY_STORAGE_DELETE_ENABLED is set"),
        ]
    )
}
