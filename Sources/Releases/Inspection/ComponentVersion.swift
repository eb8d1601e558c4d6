import SemanticVersion

/// A version of something inside a release, such as Kubernetes, as the annotations of its images tell it.
package struct ComponentVersion: Hashable, Sendable {
    /// What has the version: `kubernetes`, `machine-os`.
    package let name: String
    /// The version, without build metadata.
    package let version: String
    /// The name for people; nil when no image gives one.
    package let displayName: String?
}

/// Puts the versions together that the images of a release tell.
///
/// The grammar is that of `oc adm release new`: `io.openshift.build.versions` is a list `name=version,…`,
/// `io.openshift.build.version-display-names` a list `name=text,…`. Annotations are hints: one that does not follow the
/// grammar is left out with a warning.
struct ComponentVersionCollection {
    /// The annotation with versions.
    static let versionsKey = "io.openshift.build.versions"
    /// The annotation with display names.
    static let namesKey = "io.openshift.build.version-display-names"
    /// The longest annotation that is looked at, in bytes.
    static let maximumBytes = 16 << 10

    private var found: [String: (version: String, image: String)] = [:]
    private var displayNames: [String: String] = [:]
    /// What is wrong with annotations, one sentence each.
    private(set) var warnings: [String] = []

    /// The versions, sorted by name.
    var versions: [ComponentVersion] {
        found.sorted { $0.key < $1.key }.map {
            ComponentVersion(name: $0.key, version: $0.value.version, displayName: displayNames[$0.key])
        }
    }

    /// Adds what an image tells.
    mutating func add(_ annotations: [String: String], of image: String) {
        for (name, text) in pairs(annotations[Self.versionsKey], of: image) {
            let version: String
            do {
                let parsed = try SemanticVersion(text)
                version = parsed.build.isEmpty ? text : String(text.prefix { $0 != "+" })
            } catch {
                warnings.append("image \(image) tells a version of \(name) that is none: \"\(text.prefix(80))\"")
                continue
            }
            if let known = found[name], known.version != version {
                warnings.append(
                    "images do not agree on the version of \(name): \(known.image) has \(known.version), "
                        + "\(image) has \(version)"
                )
            } else {
                found[name] = (version, image)
            }
        }
        for (name, text) in pairs(annotations[Self.namesKey], of: image) where displayNames[name] == nil {
            guard !text.isEmpty, text.unicodeScalars.allSatisfy(Self.isDisplayable) else {
                warnings.append("image \(image) has a display name for \(name) that cannot be used")
                continue
            }
            displayNames[name] = text
        }
    }

    private mutating func pairs(_ list: String?, of image: String) -> [(name: String, text: String)] {
        guard let list, !list.isEmpty else { return [] }
        guard list.utf8.count <= Self.maximumBytes else {
            warnings.append("image \(image) has annotations about versions that are too long")
            return []
        }
        var pairs: [(String, String)] = []
        for item in list.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].trimmingPrefix { $0 == " " }
            guard parts.count == 2, Self.isName(name) else {
                warnings.append("image \(image) has an annotation about versions that is none: \"\(item.prefix(80))\"")
                continue
            }
            pairs.append((String(name), String(parts[1])))
        }
        return pairs
    }

    /// `[a-z0-9][-a-z0-9]*[a-z0-9]`.
    private static func isName(_ text: Substring) -> Bool {
        let isPlain = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        return isPlain && text.utf8.count >= 2 && !text.hasPrefix("-") && !text.hasSuffix("-")
    }

    private static func isDisplayable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || " -:().".unicodeScalars.contains(scalar)
    }
}
