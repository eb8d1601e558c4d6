/// The path of a repository inside a registry, such as `openshift/release`.
///
/// Grammar: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests (`<name>`).
package struct RepositoryPath: Hashable, Sendable, Comparable {
    /// The longest path that registries accept, in characters.
    package static let maximumLength = 255

    /// The path, components joined by `/`.
    package let text: String

    /// Validates a repository path.
    ///
    /// - Throws: `OCIModelError.invalidRepository` that names the offending component.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        guard !text.isEmpty else {
            throw OCIModelError(.invalidRepository, subject: text, reason: "is an empty repository path")
        }
        guard text.utf8.count <= Self.maximumLength else {
            throw OCIModelError(
                .invalidRepository,
                subject: text,
                reason: "is longer than \(Self.maximumLength) characters"
            )
        }
        for component in text.split(separator: "/", omittingEmptySubsequences: false) {
            guard Self.isComponent(Substring(component).utf8) else {
                // What stands before an "@" may be a password.
                let parts = component.split(separator: "@", omittingEmptySubsequences: false)
                let shown = (parts.count > 1 ? "***@" : "") + (parts.last ?? "").prefix(80)
                throw OCIModelError(
                    .invalidRepository,
                    subject: text,
                    reason: component.isEmpty
                        ? "has an empty path component"
                        : "has the component \"\(shown)\", which is not lower-case letters and digits "
                            + "joined by \".\", \"_\", \"__\" or \"-\""
                )
            }
        }
        self.text = String(text)
    }

    /// The components, at least one.
    package var components: [Substring] { text.split(separator: "/") }

    /// This path below another one.
    ///
    /// - Throws: `OCIModelError.invalidRepository` when the result is too long.
    package func below(_ prefix: RepositoryPath?) throws(OCIModelError) -> RepositoryPath {
        guard let prefix else { return self }
        return try RepositoryPath("\(prefix.text)/\(text)")
    }

    /// Orders by text.
    package static func < (left: RepositoryPath, right: RepositoryPath) -> Bool { left.text < right.text }

    /// One component: alphanumerics, joined by one of `.`, `_`, `__` or any number of `-`.
    private static func isComponent(_ bytes: Substring.UTF8View) -> Bool {
        enum Last { case start, letter, dot, underscore, doubleUnderscore, dash }
        var last = Last.start
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): last = .letter
            case UInt8(ascii: "."):
                guard last == .letter else { return false }
                last = .dot
            case UInt8(ascii: "_"):
                switch last {
                case .letter: last = .underscore
                case .underscore: last = .doubleUnderscore
                default: return false
                }
            case UInt8(ascii: "-"):
                guard last == .letter || last == .dash else { return false }
                last = .dash
            default: return false
            }
        }
        return last == .letter
    }
}

extension RepositoryPath: CustomStringConvertible {
    /// The text.
    package var description: String { text }
}

extension RepositoryPath: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError.invalidRepository` when it is no repository path.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
