import Foundation
import OCIModel

/// How the repositories and tags of a store are named in the `index.json` of an OCI layout.
///
/// A tag stands there as `path:tag`. The tags of the default repository, into which the plain names of layouts made by
/// other tools go, stand there under their plain name too, so that those tools go on finding them.
///
/// https://github.com/opencontainers/image-spec/blob/main/annotations.md (`org.opencontainers.image.ref.name`)
struct LayoutNames: Sendable {
    /// The annotation that names an entry.
    static let annotation = "org.opencontainers.image.ref.name"

    /// The repository of entries whose name has no path.
    let defaultRepository: RepositoryPath

    /// Takes the default repository, or one named after the folder: lower-cased, other characters replaced by `-`.
    ///
    /// - Throws: nothing in practice; `OCIModelError` if `images` were no repository path.
    init(defaultRepository: RepositoryPath?, folder: String) throws(OCIModelError) {
        if let named = defaultRepository ?? Self.repository(named: (folder as NSString).lastPathComponent) {
            self.defaultRepository = named
        } else {
            self.defaultRepository = try RepositoryPath("images")
        }
    }

    /// The place of an entry: its repository, and its tag if its name has one.
    func place(of entry: Descriptor) -> (repository: RepositoryPath, tag: Tag?) {
        guard let name = entry.annotations[Self.annotation] else { return (defaultRepository, nil) }
        if let colon = name.lastIndex(of: ":"), let tag = Self.valid({ try Tag(name[name.index(after: colon)...]) }) {
            if let path = Self.valid({ try RepositoryPath(name[..<colon]) }) { return (path, tag) }
            // `host:port/path:tag`, as containerd writes it.
            if let reference = Self.valid({ try ImageReference(name) }) { return (reference.repository.path, tag) }
        }
        return (defaultRepository, Self.valid { try Tag(name) })
    }

    /// The `index.json` of a catalog: every tag, and every manifest that neither a tag nor an index names.
    ///
    /// - Throws: `OCIModelError`, `EncodingError`.
    func index(of catalog: RepositoryCatalog) throws -> [UInt8] {
        var entries: [Descriptor] = []
        var unnamed: Set<Digest> = []
        var named: Set<Digest> = []
        for (repository, entry) in catalog.entries.sorted(by: { $0.key < $1.key }) {
            for (tag, digest) in entry.tags.sorted(by: { $0.key < $1.key }) {
                guard let manifest = entry.manifests[digest] else { continue }
                entries.append(try Self.entry(manifest.descriptor, named: "\(repository):\(tag)"))
                if repository == defaultRepository {
                    entries.append(try Self.entry(manifest.descriptor, named: tag.text))
                }
                named.insert(digest)
            }
            for manifest in entry.manifests.values { named.formUnion(manifest.children) }
        }
        for (_, entry) in catalog.entries.sorted(by: { $0.key < $1.key }) {
            for (digest, manifest) in entry.manifests.sorted(by: { $0.key < $1.key })
            where !named.contains(digest) && unnamed.insert(digest).inserted {
                entries.append(try Self.entry(manifest.descriptor, named: nil))
            }
        }
        return try IndexDocument(entries).encoded()
    }

    private static func entry(_ manifest: Descriptor, named name: String?) throws(OCIModelError) -> Descriptor {
        try Descriptor(
            mediaType: manifest.mediaType,
            digest: manifest.digest,
            size: manifest.size,
            annotations: name.map { [annotation: $0] } ?? [:]
        )
    }

    private static func repository(named name: String) -> RepositoryPath? {
        let letters = name.lowercased().unicodeScalars.map { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let words = String(letters).split(separator: "-").joined(separator: "-")
        return valid { try RepositoryPath(words) }
    }

    /// The value, or nil when the text is not valid; names of other tools need not be.
    private static func valid<Value>(_ parse: () throws -> Value) -> Value? {
        do { return try parse() } catch { return nil }
    }
}
