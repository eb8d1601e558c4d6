package import OCIModel

/// Where a part of a blob lies: in which volume, from which byte, how many bytes.
package struct SetExtent: Hashable, Sendable, Codable {
    /// The volume's number, from 1.
    package let volume: Int
    /// The first byte, counted from the volume's first `blobs/` header.
    package let offset: Int64
    /// The number of bytes.
    package let length: Int64

    /// Joins the three.
    package init(volume: Int, offset: Int64, length: Int64) {
        self.volume = volume
        self.offset = offset
        self.length = length
    }
}

/// A blob or manifest of a set, with its place.
package struct SetBlob: Hashable, Sendable {
    /// Its type, digest and size.
    package let descriptor: Descriptor
    /// Its parts in order; exactly one unless it crosses volumes.
    package let extents: [SetExtent]

    /// Joins the two.
    package init(descriptor: Descriptor, extents: [SetExtent]) {
        self.descriptor = descriptor
        self.extents = extents
    }
}

extension SetBlob: Codable {
    private enum Key: String, CodingKey {
        case digest
        case mediaType
        case size
        case extents
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        descriptor = try Descriptor(
            mediaType: container.decode(MediaType.self, forKey: .mediaType),
            digest: container.decode(Digest.self, forKey: .digest),
            size: container.decode(Int64.self, forKey: .size)
        )
        extents = try container.decode([SetExtent].self, forKey: .extents)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(descriptor.digest, forKey: .digest)
        try container.encode(descriptor.mediaType, forKey: .mediaType)
        try container.encode(descriptor.size, forKey: .size)
        try container.encode(extents, forKey: .extents)
    }
}

/// The set manifest, `ferry-set.json`: everything a set holds and where.
///
/// It says nothing about the machine, the time or the folder that made it.
package struct SetManifest: Hashable, Sendable {
    /// The only format there is so far.
    package static let currentFormat = 1
    /// The member's path in every volume.
    package static let path = "ferry-set.json"

    /// The version of the format.
    package var format = SetManifest.currentFormat
    /// The set's number for its destination, from 1.
    package var sequence: Int
    /// The name of the site that it is for; nil for the default one.
    package var destination: String?
    /// The set that this one builds on.
    package var base: SetIdentifier?
    /// The images, in the order of the plan.
    package var images: [SetImage]
    /// The blobs and manifests, in the order in which they lie.
    package var blobs: [SetBlob]
    /// What was left out because an earlier set carried it, with that set, or because an inventory found it there.
    package var requires: [Digest: SetIdentifier]
    /// Those of the ids in `requires` that are of inventories, with the registries that these describe.
    package var inventories: [SetIdentifier: String] = [:]
    /// The paths of the further members of volume 1.
    package var resources: [String]
    /// Their digests, by path; none in sets of versions that did not write them.
    package var resourceDigests: [String: Digest] = [:]
    /// The digest of the image-set configuration.
    package var configDigest: Digest?
}

extension SetManifest: Codable {
    private enum Key: String, CodingKey {
        case format
        case sequence
        case destination
        case base
        case images
        case blobs
        case requires
        case inventories
        case resources
        case resourceDigests
        case configDigest
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        format = try container.decode(Int.self, forKey: .format)
        guard format == Self.currentFormat else {
            // Members of a later format may mean something else, so nothing more of it is read.
            throw MediaSetError(
                .damagedDocument,
                subject: Self.path,
                message:
                    "the set has format \(format); this program reads format \(Self.currentFormat), use a newer one"
            )
        }
        sequence = try container.decode(Int.self, forKey: .sequence)
        destination = try container.decodeIfPresent(String.self, forKey: .destination)
        base = try container.decodeIfPresent(SetIdentifier.self, forKey: .base)
        images = try container.decode([SetImage].self, forKey: .images)
        blobs = try container.decode([SetBlob].self, forKey: .blobs)
        requires = [:]
        for (digest, set) in try container.decode([String: SetIdentifier].self, forKey: .requires) {
            requires[try Digest(digest)] = set
        }
        let named = try container.decodeIfPresent([String: String].self, forKey: .inventories) ?? [:]
        for (id, target) in named { inventories[try SetIdentifier(id)] = target }
        resources = try container.decode([String].self, forKey: .resources)
        resourceDigests = try container.decodeIfPresent([String: Digest].self, forKey: .resourceDigests) ?? [:]
        configDigest = try container.decodeIfPresent(Digest.self, forKey: .configDigest)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(format, forKey: .format)
        try container.encode(sequence, forKey: .sequence)
        try container.encodeIfPresent(destination, forKey: .destination)
        try container.encode(base, forKey: .base)
        try container.encode(images, forKey: .images)
        try container.encode(blobs, forKey: .blobs)
        let pairs = requires.map { ($0.key.description, $0.value) }
        try container.encode(Dictionary(pairs) { first, _ in first }, forKey: .requires)
        if !inventories.isEmpty {
            let named = inventories.map { ($0.key.text, $0.value) }
            try container.encode(Dictionary(named) { first, _ in first }, forKey: .inventories)
        }
        try container.encode(resources, forKey: .resources)
        if !resourceDigests.isEmpty { try container.encode(resourceDigests, forKey: .resourceDigests) }
        try container.encode(configDigest, forKey: .configDigest)
    }
}
