import HTTPTransport

/// Which registry it is, and by what that was seen.
///
/// Recognition changes nothing of what is sent; it only lets Ferry say beforehand what will happen.
package struct RegistryRecognition: Hashable, Sendable {
    /// The kind.
    package let kind: RegistryKind
    /// What gave it away, such as `the realm of its tokens ends with /jwt/auth`; nil for the unknown kind.
    package let evidence: String?

    /// Recognises a registry; a pure function of what it said.
    ///
    /// Host names of services count first, then what only one program sends, then what several share.
    package static func recognise(_ facts: RegistryFacts) -> RegistryRecognition {
        if let found = byHost(facts.host) ?? byChallenge(facts) ?? byField(facts) { return found }
        if facts.hasZotExtension { return RegistryRecognition(kind: .zot, evidence: "it has zot's own endpoints") }
        if facts.fields["docker-distribution-api-version"]?.contains("registry/2") == true {
            return RegistryRecognition(kind: .distribution, evidence: "it names the version of its API and no more")
        }
        return RegistryRecognition(kind: .unknown, evidence: nil)
    }

    private static func byHost(_ host: String) -> RegistryRecognition? {
        let kind: RegistryKind? =
            switch host {
            case "docker.io", "index.docker.io", "registry-1.docker.io": .dockerHub
            case "ghcr.io": .ghcr
            case "quay.io": .quay
            case "public.ecr.aws": .ecr
            case _ where host.contains(".dkr.ecr") && (host.hasSuffix(".amazonaws.com") || host.hasSuffix(".on.aws")):
                .ecr
            case _ where host.contains(".dkr.ecr") && host.hasSuffix(".amazonaws.com.cn"): .ecr
            case _ where host.hasSuffix(".azurecr.io") || host.hasSuffix(".azurecr.us"): .acr
            case _ where host.hasSuffix(".azurecr.cn"): .acr
            case _ where host.hasSuffix(".jfrog.io"): .artifactory
            case "image-registry.openshift-image-registry.svc": .openShift
            case _ where host.hasPrefix("default-route-openshift-image-registry."): .openShift
            default: nil
            }
        return kind.map { RegistryRecognition(kind: $0, evidence: "its name is \(host)") }
    }

    private static func byChallenge(_ facts: RegistryFacts) -> RegistryRecognition? {
        for challenge in facts.challenges {
            let realm = challenge.parameters["realm"] ?? ""
            let service = challenge.parameters["service"] ?? ""
            let kind: RegistryKind? =
                switch challenge.scheme {
                case "bearer": kind(tokenRealm: realm.lowercased(), service: service.lowercased())
                case "basic": kind(basicRealm: realm.lowercased(), service: service.lowercased())
                default: nil
                }
            guard let kind else { continue }
            let shown = realm.prefix { $0 != "?" }.prefix(200)
            return RegistryRecognition(kind: kind, evidence: "it asks to log in at \"\(shown)\"")
        }
        return nil
    }

    private static func kind(tokenRealm realm: String, service: String) -> RegistryKind? {
        let address = String(realm.prefix { $0 != "?" })
        // A realm may be relative to the registry.
        let rest = address.firstRange(of: "://").map { address[$0.upperBound...] } ?? address[...]
        let path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? ""
        if address.contains("://auth.docker.io/") || service == "registry.docker.io" { return .dockerHub }
        if address.contains("://ghcr.io/") || service == "ghcr.io" { return .ghcr }
        if path.hasSuffix("/openshift/token") { return .openShift }
        if path == "/v2/auth" { return .quay }
        if path.hasSuffix("/service/token") || service == "harbor-registry" { return .harbor }
        if path.hasSuffix("/jwt/auth") { return .gitLab }
        if path.hasSuffix("/oauth2/token") { return .acr }
        if path.contains("/artifactory/api/docker/") || path.contains("/api/docker/") { return .artifactory }
        return nil
    }

    private static func kind(basicRealm realm: String, service: String) -> RegistryKind? {
        if service == "ecr.amazonaws.com" || realm.contains(".dkr.ecr.") { return .ecr }
        if realm.contains("nexus") { return .nexus }
        if realm.contains("artifactory") { return .artifactory }
        if realm.hasPrefix("zot") { return .zot }
        return nil
    }

    private static func byField(_ facts: RegistryFacts) -> RegistryRecognition? {
        let fields = facts.fields
        for name in ["x-jfrog-version", "x-artifactory-id"] where fields[name] != nil {
            return RegistryRecognition(kind: .artifactory, evidence: "its answers have a field \(name)")
        }
        if let server = fields["server"], server.lowercased().hasPrefix("nexus/") {
            return RegistryRecognition(kind: .nexus, evidence: "its answers name the server \(server.prefix(40))")
        }
        if fields["x-ms-correlation-request-id"] != nil {
            return RegistryRecognition(kind: .acr, evidence: "its answers have a field x-ms-correlation-request-id")
        }
        let telling: [(String, RegistryKind)] = [
            ("x-harbor-csrf-token", .harbor), ("x-github-request-id", .ghcr), ("distribution-api-version", .zot),
        ]
        for (name, kind) in telling where fields[name] != nil {
            return RegistryRecognition(kind: kind, evidence: "its answers have a field \(name)")
        }
        return nil
    }
}
