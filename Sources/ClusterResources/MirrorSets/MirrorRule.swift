import OCIModel

/// One rule: whatever lies below `source` is looked for below `mirror`.
///
/// A pull of `source/rest` becomes a pull of `mirror/rest`; the longest source that fits decides, over both kinds of
/// mirror set and all objects:
/// https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md#choosing-a-registry-toml-table
struct MirrorRule: Hashable, Sendable {
    /// A registry, or a path below one, without tag and digest.
    let source: String
    /// What takes the place of `source`.
    let mirror: String

    /// The rule that maps exactly one repository.
    static func repositoryScope(_ image: MirroredImage) -> MirrorRule {
        MirrorRule(source: image.origin.repository.description, mirror: image.destination.description)
    }

    /// The rule that maps everything beside the image in its namespace; nil when it would not lead to the destination.
    ///
    /// That is so when the image keeps its path (below whatever prefix). For a path of one component the whole
    /// registry is mapped.
    static func namespaceScope(_ image: MirroredImage) -> MirrorRule? {
        let origin = image.origin.repository
        let destination = image.destination
        guard destination.path.text.hasSuffix(origin.path.text),
            // A path of one component may be the end of a longer one as text: "app" of "my-app".
            origin.path.components.last == destination.path.components.last
        else { return nil }
        return MirrorRule(source: parent(of: origin), mirror: parent(of: destination))
    }

    /// The text without the last component of the path.
    private static func parent(of repository: Repository) -> String {
        ([Substring(repository.registry.text)] + repository.path.components.dropLast()).joined(separator: "/")
    }

    /// Where a pull of a repository goes by this rule; nil when the rule is not about it.
    func target(of repository: String) -> String? {
        if repository == source { return mirror }
        return repository.hasPrefix(source + "/") ? mirror + repository.dropFirst(source.count) : nil
    }
}
