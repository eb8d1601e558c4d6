import OCIModel

extension RegistryClientError {
    /// What a registry says no to, as far as advice depends on it.
    struct Refusal: Sendable {
        /// The status of the answer.
        let status: Int
        /// The codes of its error document.
        let codes: [String]
        /// Its words.
        let text: String?
        /// The repository, when it is about one.
        let repository: RepositoryPath?
        /// Whether something was to be written.
        let isWrite: Bool
        /// The media type of the manifest that was to be written, and its artifact type if it has one.
        var types: [String] = []

        /// Whether the registry means that its tags cannot be changed.
        ///
        /// ECR says 400, Harbor 412, others 409, each in its own words.
        var isAboutImmutability: Bool {
            guard isWrite, (400..<500).contains(status) else { return false }
            let words = (codes + [text ?? ""]).joined(separator: " ").lowercased()
            return words.contains("immutab") || words.contains("overwrit")
        }

        private static let typeCodes: Set<String> = ["MANIFEST_INVALID", "UNSUPPORTED", "UNSUPPORTED_MEDIA_TYPE"]

        /// Whether the registry may mean the type of what was to be written.
        ///
        /// Quay and Artifactory refuse manifests by the types they name, with no word of which.
        private var isAboutTypes: Bool {
            guard !types.isEmpty else { return false }
            return status == 415 || ([400, 403, 405, 409].contains(status) && !Self.typeCodes.isDisjoint(with: codes))
        }

        /// Whether the registry means that there is no room left for the project.
        ///
        /// Harbor says 403 or 412, others 413 or 507, each in its own words.
        private var isAboutRoom: Bool {
            guard (400..<600).contains(status) else { return false }
            let words = (codes + [text ?? ""]).joined(separator: " ").lowercased()
            return words.contains("quota") || words.contains("exceed the configured upper limit")
        }

        /// What to do about it, for the end of a sentence; nil when nothing is known.
        var advice: String? {
            guard isWrite, let repository else { return nil }
            if isAboutImmutability {
                return "; its tags are immutable, and this one is there with another digest: remove it there, mirror "
                    + "to another path, or let the registry overwrite tags of this repository"
            }
            if isAboutRoom { return "; make room there, or have the quota raised" }
            if isAboutTypes {
                return "; it may not take \(types.joined(separator: " with ")): allow that type in its settings (Quay: "
                    + "FEATURE_GENERAL_OCI_SUPPORT, ALLOWED_OCI_ARTIFACT_TYPES, IGNORE_UNKNOWN_MEDIATYPES); images "
                    + "are never converted, since their digests would change"
            }
            if codes.contains("NAME_INVALID") { return Self.shortening(repository) }
            if codes.contains("NAME_UNKNOWN") || (status == 404 && !codes.contains("MANIFEST_UNKNOWN")) {
                return "; create the project or repository there first (for \(repository)), or let the registry "
                    + "create it on push" + (Self.shortening(repository) ?? "")
            }
            guard status == 403 else { return nil }
            let project = repository.components.first ?? ""
            return "; check that the account may write there and that the project \"\(project)\" exists"
                + (Self.shortening(repository) ?? "")
        }

        private static func shortening(_ repository: RepositoryPath) -> String? {
            let count = repository.components.count
            guard count > 2 else { return nil }
            return "; if it does not take names of \(count) parts, --max-nested-paths 2 makes shorter ones"
        }
    }
}
