/// What to say about a key that does not exist where it stands.
enum KeySuggestion {
    /// Keys of older configurations and of other tools, in lower case, and what to do instead.
    private static let formerKeys: [String: String] = [
        "storageconfig": "`storageConfig` was a v1 field: remove it, the state is kept beside the output now",
        "targetname":
            "`targetName` was a v1 field: use `targetCatalog` for the repository path and `targetTag` for the tag",
        "originalref": "`originalRef` was a v1 field: remove it",
        "minbundle": "`minBundle` was a v1 field: use `minVersion` and `maxVersion`",
        "headsonly": "`headsOnly` was a v1 field: channel heads are the default, and `full: true` takes all versions",
        "startingversion": "`startingVersion` was a v1 field: use `minVersion`",
        "bundles": "single bundles cannot be selected by name any more: use equal `minVersion` and `maxVersion`",
        "selectedbundles":
            "single bundles cannot be selected by name any more: use equal `minVersion` and `maxVersion`",
        "ocp": "`ocp` was a v1 field: use `platform`",
        "metadata": "there is no `metadata` here, the file is no Kubernetes object: remove it",
        "spec": "there is no `spec` here, the file is no Kubernetes object: write its content at the top level",
        "variant": "platforms are chosen by `os` and `architecture` alone, every variant is taken",
        "tag": "write the tag into the reference",
        "digest": "write the digest into the reference: `name@sha256:…`",
    ]
    /// Other words for keys, in lower case.
    private static let synonyms = [
        "arch": "architecture", "image": "name", "index": "catalog", "operatingsystem": "os", "minimum": "minVersion",
        "maximum": "maxVersion", "min": "minVersion", "max": "maxVersion", "repo": "targetRepo",
    ]

    /// A sentence for the user.
    ///
    /// - Parameters:
    ///   - key: The key that does not exist.
    ///   - schema: The keys that do.
    ///   - path: Where the key stands, which tells the kind of the file.
    /// - Returns: The likely repair, else the keys that there are.
    static func help(for key: String, in schema: ObjectSchema, path: String) -> String {
        let lowercased = key.lowercased()
        if let former = formerKeys[lowercased] { return former }
        if let meant = synonyms[lowercased], schema.keys.contains(meant) { return "did you mean `\(meant)`?" }
        let places = ObjectSchema.all.filter { other in
            other.place != schema.place && other.keys.contains { $0.lowercased() == lowercased }
        }
        // A key that fits nearly everywhere says nothing about its place.
        if !places.isEmpty, places.count <= 3 {
            let isDelete = path.hasPrefix("delete")
            let names = places.map { place in
                let name =
                    isDelete && place.place.hasPrefix("mirror.") ? "delete" + place.place.dropFirst(6) : place.place
                return name.isEmpty ? "the top level" : "`\(name)`"
            }
            return "`\(key.prefix(80))` belongs to \(names.joined(separator: " or "))"
        }
        if let near = EditDistance.nearest(to: key, among: schema.keys) { return "did you mean `\(near)`?" }
        return "the keys here are \(schema.keys.map { "`\($0)`" }.joined(separator: ", "))"
    }
}
