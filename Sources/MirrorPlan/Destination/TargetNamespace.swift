package import OCIModel

/// The place below which a run stores its images: a registry, an optional path in it, and a limit on nesting.
///
/// The rules are those of oc-mirror's `docker://` argument and `--max-nested-paths`.
package struct TargetNamespace: Hashable, Sendable, CustomStringConvertible {
    /// The registry.
    package let registry: RegistryName
    /// The path in front of every repository; nil for none.
    package let prefix: RepositoryPath?
    /// The largest number of path components, prefix included; nil for no limit.
    package let maxNestedPaths: Int?

    /// Joins the parts.
    package init(registry: RegistryName, prefix: RepositoryPath?, maxNestedPaths: Int? = nil) {
        self.registry = registry
        self.prefix = prefix
        self.maxNestedPaths = maxNestedPaths.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Parses what stands after `docker://`: `registry[/path]`, without tag or digest.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination` with the reason; it does not repeat a text with a password.
    package init(_ text: some StringProtocol, maxNestedPaths: Int? = nil) throws(MirrorPlanError) {
        let trimmed = text.hasSuffix("/") ? text.dropLast() : text[...]
        let parts = trimmed.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        // A password may hold a slash, so that the whole text is looked at; only a digest has an @ for another reason.
        if let at = trimmed.lastIndex(of: "@"), !trimmed[at...].hasPrefix("@sha") {
            throw MirrorPlanError(
                .invalidDestination,
                subject: String(trimmed[trimmed.index(after: at)...]),
                message:
                    "the destination docker://…\(trimmed[at...]) cannot be used: user and password do not belong there; "
                    + "put them in a file for --authfile"
            )
        }
        do {
            let registry = try RegistryName(parts.first ?? "")
            guard registry.isLoopback || registry.text.contains(".") || registry.text.contains(":") else {
                throw OCIModelError(
                    .invalidRegistry,
                    subject: registry.text,
                    reason: "does not look like a registry: a host with a \".\" or a port comes first"
                )
            }
            if parts.count > 1, parts[1].contains("@") || parts[1].contains(":") {
                throw OCIModelError(.invalidRepository, subject: text, reason: "may not have a tag or digest here")
            }
            let prefix = parts.count > 1 ? try RepositoryPath(parts[1]) : nil
            self.init(registry: registry, prefix: prefix, maxNestedPaths: maxNestedPaths)
        } catch {
            throw MirrorPlanError(
                .invalidDestination,
                subject: String(text),
                message: "the destination docker://\(text) cannot be used: \(error)"
            )
        }
    }

    /// The repository in which a planned destination is stored.
    ///
    /// With a limit of N, a path of more than N components keeps its first N-1 and joins the rest with `-`.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination` when the result is no valid path.
    package func repository(for destination: RepositoryPath) throws(MirrorPlanError) -> RepositoryPath {
        do throws(OCIModelError) {
            let whole = try destination.below(prefix)
            guard let limit = maxNestedPaths, whole.components.count > limit else { return whole }
            let kept = whole.components.prefix(limit - 1)
            let joined = whole.components.dropFirst(limit - 1).joined(separator: "-")
            return try RepositoryPath((kept + [Substring(joined)]).joined(separator: "/"))
        } catch {
            throw MirrorPlanError(
                .invalidDestination,
                subject: destination,
                message: "\(destination) cannot be stored below \(self): \(error)"
            )
        }
    }

    /// The argument without `docker://`.
    package var description: String { registry.text + (prefix.map { "/\($0)" } ?? "") }
}
