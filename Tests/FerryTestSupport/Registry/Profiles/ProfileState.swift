import Foundation
import OCIModel
import OpenSSLCrypto
import RegistryServer
import Synchronization

/// A registry of some kind while it runs: applies the profile's rules to requests.
final class ProfileState: Sendable {
    private struct Written {
        /// The blobs and manifests that manifests of a repository name.
        var named: [RepositoryPath: Set<String>] = [:]
        var tags: [RepositoryPath: Set<String>] = [:]
    }

    private static let token = "a-token-of-this-registry"

    private let profile: RegistryProfile
    private let written = Mutex(Written())

    init(_ profile: RegistryProfile) {
        self.profile = profile
    }

    func intervention(for request: RegistryRequest) -> Intervention? {
        if var answer = page(request) ?? challenge(request) ?? refusal(request) {
            answer.fields.merge(profile.fields) { given, _ in given }
            var made = Intervention.none
            made.answer = answer
            return made
        }
        var made = Intervention.none
        let (fields, hidesDigests) = (profile.fields, profile.hidesDigests)
        made.rewrite = { head in
            for (name, value) in fields { head.fields[name.lowercased()] = value }
            if hidesDigests { head.fields["docker-content-digest"] = nil }
        }
        if case .uploads? = request.route, request.path.contains("mount=") {
            made.ignoresMount = ignoresMount(request)
        }
        if case .manifest(let reference, let repository)? = request.route, request.method == "PUT" {
            made.judge = { [self] in judge($0, at: reference, in: repository) }
        }
        return made
    }

    // MARK: Who asks

    private func page(_ request: RegistryRequest) -> Intervention.Answer? {
        if let page = profile.pages.first(where: { request.path.hasPrefix($0.key) }) { return page.value }
        guard case .bearer(let path, _)? = profile.challenge, request.path.hasPrefix(path) else { return nil }
        guard isAccount(request.fields["authorization"]) else {
            return .error(401, code: "UNAUTHORIZED", message: "incorrect username or password")
        }
        return Intervention.Answer(status: 200, body: #"{"token":"\#(Self.token)","expires_in":300}"#)
    }

    private func challenge(_ request: RegistryRequest) -> Intervention.Answer? {
        let presented = request.fields["authorization"]
        let (isKnown, challenge): (Bool, String)
        switch profile.challenge {
        case nil: return nil
        case .basic(let realm)?: (isKnown, challenge) = (isAccount(presented), #"Basic realm="\#(realm)""#)
        case .bearer(let path, let service)?:
            let host = request.fields["host"] ?? ""
            isKnown = presented == "Bearer \(Self.token)"
            challenge = #"Bearer realm="http://\#(host)\#(path)",service="\#(service ?? host)""#
        }
        guard !isKnown else { return nil }
        return .error(
            401,
            code: "UNAUTHORIZED",
            message: "authentication required",
            fields: ["WWW-Authenticate": challenge, "Docker-Distribution-Api-Version": "registry/2.0"]
        )
    }

    private func isAccount(_ authorization: String?) -> Bool {
        guard let authorization, authorization.hasPrefix("Basic "),
            let data = Data(base64Encoded: String(authorization.dropFirst(6)))
        else { return false }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[1] == profile.account.password else { return false }
        return profile.account.user.map { $0 == parts[0] } ?? true
    }

    // MARK: What is asked

    private func refusal(_ request: RegistryRequest) -> Intervention.Answer? {
        guard let route = request.route, let repository = route.repository else { return nil }
        if ["POST", "PUT", "PATCH"].contains(request.method) {
            let parts = repository.text.split(separator: "/")
            if let names = profile.names, !names.parts.contains(parts.count) { return names.refusal }
            if let missing = missingProject(parts) { return missing }
            if let limit = profile.maximumBody, let length = request.contentLength, length > limit {
                return .html(413, "413 Request Entity Too Large", fields: ["Connection": "close"])
            }
        }
        switch route {
        case .uploads where request.path.contains("mount="):
            guard case .refused(let status) = profile.mounts else { return nil }
            return .error(status, code: "UNSUPPORTED", message: "mounts are not supported")
        case .referrers: return referrersAnswer
        default: return nil
        }
    }

    private func missingProject(_ parts: [Substring]) -> Intervention.Answer? {
        guard let projects = profile.projects else { return nil }
        let name = parts.prefix(projects.parts ?? parts.count).joined(separator: "/")
        guard !projects.existing.contains(name) else { return nil }
        var answer = projects.refusal
        answer.body = answer.body.replacing("NAME", with: name)
        return answer
    }

    /// Whether an upload is begun where a mount is asked for.
    private func ignoresMount(_ request: RegistryRequest) -> Bool {
        switch profile.mounts {
        case .done, .refused: return false
        case .ignored: return true
        case .afterManifest:
            let query = URLComponents(string: request.path)?.queryItems ?? []
            guard let origin = query.first(where: { $0.name == "from" })?.value.flatMap({ try? RepositoryPath($0) }),
                let digest = query.first(where: { $0.name == "mount" })?.value
            else { return true }
            return !written.withLock { $0.named[origin]?.contains(digest) ?? false }
        }
    }

    private var referrersAnswer: Intervention.Answer? {
        switch profile.referrers {
        case .listed: nil
        case .absent(let status): .error(status, code: "UNSUPPORTED", message: "there is no such endpoint")
        case .empty:
            Intervention.Answer(
                status: 200,
                fields: ["Content-Type": MediaType.ociIndex.text],
                body: #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#
            )
        case .page: .html(200, "Welcome")
        }
    }

    // MARK: Manifests

    private struct Document: Decodable {
        struct Item: Decodable {
            var mediaType: String?
            var digest: String
        }

        var mediaType: String?
        var artifactType: String?
        var config: Item?
        var layers: [Item]?
        var manifests: [Item]?
    }

    private func judge(
        _ bytes: [UInt8],
        at reference: ManifestReference,
        in repository: RepositoryPath
    ) -> Intervention.Answer? {
        // What is no manifest the store itself refuses.
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            let digest = try? ContentHasher.digest(of: bytes).description
        else { return nil }
        let lists = [MediaType.ociIndex.text, MediaType.dockerManifestList.text]
        let isNested = document.manifests?.contains { lists.contains($0.mediaType ?? "") } ?? false
        if let refusal = profile.nestedListRefusal, isNested { return refusal }
        let types = [document.mediaType, document.artifactType, document.config?.mediaType].compactMap { $0 }
        if types.contains(where: { profile.refusedTypes.contains($0) }) { return profile.typeRefusal }
        return written.withLock { state in
            if case .tag(let tag) = reference {
                if let refusal = profile.immutableTag, state.tags[repository]?.contains(tag.text) == true {
                    return refusal
                }
                state.tags[repository, default: []].insert(tag.text)
            }
            let items = (document.layers ?? []) + (document.manifests ?? []) + [document.config].compactMap { $0 }
            state.named[repository, default: []].formUnion(items.map(\.digest) + [digest])
            return nil
        }
    }
}
