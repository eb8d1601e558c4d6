package import OCIModel

/// One image of a media set, as the set manifest lists it.
package struct SetImage: Hashable, Sendable {
    /// The reference that was asked for, as text for people.
    package var origin: String
    /// The repository that it was read from, as text.
    package var source: String
    /// The repository that it goes to, below whatever prefix the import is given.
    package var destination: RepositoryPath
    /// The tags that it gets there; none when it is known by digest only.
    package var tags: [Tag]
    /// The root manifest: its type, digest and size.
    package var manifest: Descriptor
    /// What kind of content it is: `release`, `operator`, `additional`, `helm`, `referrer` or such.
    package var kind: String
    /// Why it is wanted, one sentence each.
    package var reasons: [String]
    /// The platform, when only one was wanted.
    package var platform: Platform?
    /// Children of its indexes that were left out on purpose, by a filter on platforms.
    package var omitted: [Digest]

    /// Joins the parts.
    package init(
        origin: String,
        source: String,
        destination: RepositoryPath,
        tags: [Tag],
        manifest: Descriptor,
        kind: String,
        reasons: [String],
        platform: Platform? = nil,
        omitted: [Digest] = []
    ) {
        self.origin = origin
        self.source = source
        self.destination = destination
        self.tags = tags
        self.manifest = manifest
        self.kind = kind
        self.reasons = reasons
        self.platform = platform
        self.omitted = omitted
    }
}

extension SetImage: Codable {
    private enum Key: String, CodingKey {
        case origin
        case source
        case destination
        case tags
        case digest
        case mediaType
        case size
        case kind
        case reasons
        case platform
        case omitted
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        origin = try container.decode(String.self, forKey: .origin)
        source = try container.decode(String.self, forKey: .source)
        destination = try container.decode(RepositoryPath.self, forKey: .destination)
        tags = try container.decode([Tag].self, forKey: .tags)
        manifest = try Descriptor(
            mediaType: container.decode(MediaType.self, forKey: .mediaType),
            digest: container.decode(Digest.self, forKey: .digest),
            size: container.decode(Int64.self, forKey: .size)
        )
        kind = try container.decode(String.self, forKey: .kind)
        reasons = try container.decode([String].self, forKey: .reasons)
        platform = try container.decodeIfPresent(Platform.self, forKey: .platform)
        omitted = try container.decodeIfPresent([Digest].self, forKey: .omitted) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(origin, forKey: .origin)
        try container.encode(source, forKey: .source)
        try container.encode(destination, forKey: .destination)
        try container.encode(tags, forKey: .tags)
        try container.encode(manifest.digest, forKey: .digest)
        try container.encode(manifest.mediaType, forKey: .mediaType)
        try container.encode(manifest.size, forKey: .size)
        try container.encode(kind, forKey: .kind)
        try container.encode(reasons, forKey: .reasons)
        try container.encodeIfPresent(platform, forKey: .platform)
        if !omitted.isEmpty { try container.encode(omitted, forKey: .omitted) }
    }
}
