import RegistryServer

/// The products, as they show themselves and as they are set up by default.
extension RegistryProfile {
    private static let denied = Intervention.Answer.error(
        403,
        code: "DENIED",
        message: "requested access to the resource is denied"
    )
    private static let invalidName = Intervention.Answer.error(
        400,
        code: "NAME_INVALID",
        message: "invalid repository name"
    )

    /// All of them, and an older version where it differs; projects that have to be there are `mirror`.
    package static let all: [RegistryProfile] = [
        distribution, zot, quay, quayFlat, harbor, ecr, gitlab, artifactory, nexus, acr, openShift, ghcr, dockerHub,
    ]

    /// CNCF distribution, which `mirror-registry` setups and most small registries are.
    package static let distribution = RegistryProfile("distribution")

    /// The registry zot.
    package static var zot: RegistryProfile {
        var profile = RegistryProfile("zot")
        profile.fields = ["Distribution-Api-Version": "registry/2.0"]
        profile.pages = [
            "/v2/_zot/ext": .init(status: 200, body: #"{"distSpecVersion":"1.1.1","binaryType":"-mgmt-search"}"#)
        ]
        profile.acceptsSparseLists = true
        return profile
    }

    /// Quay, also as mirror registry for OpenShift.
    package static var quay: RegistryProfile {
        var profile = RegistryProfile("Quay")
        profile.challenge = .bearer(path: "/v2/auth", service: nil)
        profile.account = Account(user: "mirror+robot", password: "secret")
        profile.referrers = .listed
        profile.acceptsSparseLists = true
        return profile
    }

    /// Quay before it took names of more than two parts, or with that switched off.
    package static var quayFlat: RegistryProfile {
        var profile = quay
        profile.names = Names(parts: 2...2, refusal: invalidName)
        profile.referrers = .absent(404)
        profile.acceptsSparseLists = false
        profile.name = "Quay with two parts"
        return profile
    }

    /// Harbor with the project `mirror`.
    package static var harbor: RegistryProfile {
        var profile = RegistryProfile("Harbor")
        profile.challenge = .bearer(path: "/service/token", service: "harbor-registry")
        profile.account = Account(user: "robot$mirror", password: "secret")
        profile.projects = Projects(
            parts: 1,
            existing: ["mirror"],
            refusal: .error(404, code: "NOT_FOUND", message: "project NAME not found")
        )
        return profile
    }

    /// Amazon's ECR, where each repository has to be made, and blobs are mounted from tagged images only.
    package static var ecr: RegistryProfile {
        var profile = RegistryProfile("ECR")
        profile.challenge = .basic(realm: "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/")
        profile.fields = ["Docker-Distribution-Api-Version": "registry/2.0"]
        profile.account = Account(user: "AWS", password: "secret")
        profile.projects = Projects(
            parts: nil,
            existing: [],
            refusal: .error(
                404,
                code: "NAME_UNKNOWN",
                message: "The repository with name 'NAME' does not exist in the registry with id '123456789012'"
            )
        )
        profile.mounts = .afterManifest
        profile.hidesDigests = true
        return profile
    }

    /// GitLab's registry with the project `mirror/ocp`, below which two more parts may stand.
    package static var gitlab: RegistryProfile {
        var profile = RegistryProfile("GitLab")
        profile.challenge = .bearer(path: "/jwt/auth", service: "container_registry")
        profile.account = Account(user: nil, password: "glpat-secret")
        profile.names = Names(parts: 2...4, refusal: denied)
        profile.projects = Projects(parts: 2, existing: ["mirror/ocp"], refusal: denied)
        profile.referrers = .absent(404)
        return profile
    }

    /// Artifactory with the repository key `mirror`.
    package static var artifactory: RegistryProfile {
        var profile = RegistryProfile("Artifactory")
        profile.challenge = .bearer(path: "/artifactory/api/docker/mirror/v2/token", service: nil)
        profile.fields = [
            "X-Jfrog-Version": "Artifactory/7.90.8 79008900", "X-Artifactory-Id": "0123456789abcdef:1",
            "X-Artifactory-Node-Id": "node-1",
        ]
        profile.projects = Projects(
            parts: 1,
            existing: ["mirror"],
            refusal: .error(404, code: "NAME_UNKNOWN", message: "Repository key 'NAME' was not found")
        )
        profile.refusedTypes = ["application/vnd.in-toto+json"]
        return profile
    }

    /// Nexus Repository 3.
    package static var nexus: RegistryProfile {
        var profile = RegistryProfile("Nexus")
        profile.challenge = .basic(realm: "Sonatype Nexus Repository Manager")
        profile.fields = ["Server": "Nexus/3.68.1-02 (OSS)"]
        profile.mounts = .ignored
        profile.referrers = .absent(404)
        return profile
    }

    /// Azure's container registry.
    package static var acr: RegistryProfile {
        var profile = RegistryProfile("ACR")
        profile.challenge = .bearer(path: "/oauth2/token", service: "mirror.azurecr.io")
        profile.fields = ["X-Ms-Correlation-Request-Id": "01234567-89ab-cdef-0123-456789abcdef"]
        return profile
    }

    /// The registry of an OpenShift cluster with the project `mirror`: a token for any user, two parts, no lists of lists.
    package static var openShift: RegistryProfile {
        var profile = RegistryProfile("OpenShift")
        profile.challenge = .bearer(path: "/openshift/token", service: nil)
        profile.account = Account(user: nil, password: "sha256~secret")
        profile.names = Names(parts: 2...2, refusal: invalidName)
        profile.projects = Projects(parts: 1, existing: ["mirror"], refusal: denied)
        profile.referrers = .absent(404)
        profile.nestedListRefusal = .error(400, code: "MANIFEST_INVALID", message: "manifest invalid")
        return profile
    }

    /// GitHub's registry.
    package static var ghcr: RegistryProfile {
        var profile = RegistryProfile("GHCR")
        profile.challenge = .bearer(path: "/token", service: "ghcr.io")
        profile.fields = ["X-Github-Request-Id": "0123:4567:89AB:CDEF:01234567"]
        profile.account = Account(user: "mirror", password: "ghp_secret")
        profile.referrers = .absent(404)
        return profile
    }

    /// Docker Hub: two parts.
    package static var dockerHub: RegistryProfile {
        var profile = RegistryProfile("Docker Hub")
        profile.challenge = .bearer(path: "/token", service: "registry.docker.io")
        profile.names = Names(parts: 2...2, refusal: denied)
        profile.referrers = .absent(404)
        return profile
    }

    // MARK: Settings that sites have

    /// The same behind a proxy that lets no larger body through: nginx by default 1 MB, Cloudflare 100 MB.
    package func limited(toBodyOf bytes: Int64) -> RegistryProfile {
        var profile = self
        profile.maximumBody = bytes
        return profile
    }

    /// The same with tags that cannot be changed, as ECR, Harbor and Quay have them on request.
    package var immutable: RegistryProfile {
        var profile = self
        profile.immutableTag =
            switch name {
            case "ECR":
                .error(
                    400,
                    code: "TAG_INVALID",
                    message: "The image tag already exists in the repository and cannot be overwritten because the "
                        + "repository is immutable."
                )
            case "Harbor":
                .error(412, code: "PRECONDITION", message: "Failed to process request due to immutable tag policy")
            default: .error(409, code: "TAG_IMMUTABLE", message: "tag is immutable")
            }
        return profile
    }
}
