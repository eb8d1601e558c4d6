/// The registry programs and services that are known to have ways of their own.
package enum RegistryKind: String, Hashable, Sendable, Codable, CaseIterable {
    case openShift
    case quay
    case harbor
    case ecr
    case gitLab
    case artifactory
    case nexus
    case acr
    case ghcr
    case dockerHub
    case zot
    /// The reference implementation, and what behaves like it.
    case distribution
    /// None of them can be told from its answers.
    case unknown

    /// What its makers call it.
    package var name: String {
        switch self {
        case .openShift: "OpenShift integrated registry"
        case .quay: "Quay"
        case .harbor: "Harbor"
        case .ecr: "Amazon ECR"
        case .gitLab: "GitLab container registry"
        case .artifactory: "JFrog Artifactory"
        case .nexus: "Sonatype Nexus"
        case .acr: "Azure Container Registry"
        case .ghcr: "GitHub Packages (ghcr.io)"
        case .dockerHub: "Docker Hub"
        case .zot: "zot"
        case .distribution: "distribution (docker-registry) or alike"
        case .unknown: "a registry of unknown make"
        }
    }
}
