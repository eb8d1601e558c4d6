package import OCIModel
package import RegistryServer

extension FaultRule {
    /// Which requests a rule is about.
    package struct Target: Sendable {
        private let matches: @Sendable (RegistryRequest) -> Bool

        /// Requests that a function chooses.
        package init(_ matches: @escaping @Sendable (RegistryRequest) -> Bool) {
            self.matches = matches
        }

        /// Every request.
        package static let any = Target { _ in true }
        /// `GET` of any manifest.
        package static let manifests = Target { request in
            if case .manifest = request.route { return request.method == "GET" }
            return false
        }
        /// `GET` of any blob.
        package static let blobs = Target { request in
            if case .blob = request.route { return request.method == "GET" }
            return false
        }
        /// Requests that begin, continue or end uploads.
        package static let uploads = Target { request in
            switch request.route {
            case .uploads, .upload: true
            default: false
            }
        }
        /// Requests that begin uploads or ask for a mount.
        package static let uploadStarts = Target { request in
            if case .uploads = request.route { return request.method == "POST" }
            return false
        }
        /// Requests that ask for a mount.
        package static let mounts = Target { request in
            if case .uploads = request.route { return request.path.contains("mount=") }
            return false
        }
        /// Requests for lists of tags.
        package static let tagLists = Target { request in
            if case .tags = request.route { return true }
            return false
        }
        /// Requests for lists of referrers.
        package static let referrers = Target { request in
            if case .referrers = request.route { return true }
            return false
        }
        /// `PUT` of any manifest.
        package static let manifestPuts = Target { request in
            if case .manifest = request.route { return request.method == "PUT" }
            return false
        }

        /// `GET` of one blob in any repository.
        package static func blob(_ digest: Digest) -> Target {
            Target { request in
                if case .blob(digest, _) = request.route { return request.method == "GET" }
                return false
            }
        }

        /// `GET` and `HEAD` of one manifest, by what stands in the path.
        package static func manifest(_ reference: ManifestReference) -> Target {
            Target { request in
                if case .manifest(reference, _) = request.route { return request.method != "PUT" }
                return false
            }
        }

        /// Requests whose `Content-Length` is over some bytes.
        package static func bodies(over limit: Int64) -> Target {
            Target { ($0.contentLength ?? 0) > limit }
        }

        /// Requests of a kind of endpoint that a function chooses.
        package static func route(_ matches: @escaping @Sendable (RegistryRoute) -> Bool) -> Target {
            Target { $0.route.map(matches) ?? false }
        }

        /// Those requests of this target whose method is the given one.
        package func with(method: String) -> Target {
            Target { self.contains($0) && $0.method == method }
        }

        /// Requests with a method (nil: any) whose path contains some text.
        package static func path(containing text: String, method: String? = nil) -> Target {
            Target { $0.path.contains(text) && (method == nil || $0.method == method) }
        }

        func contains(_ request: RegistryRequest) -> Bool { matches(request) }
    }
}
