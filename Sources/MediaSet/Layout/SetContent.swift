import Archiving
package import OCIModel
import OpenSSLCrypto

/// Everything that a media set is made from.
///
/// The same content gives the same set, bit for bit.
package struct SetContent: Sendable {
    /// A further member of volume 1, such as `ferry/lock.json`.
    package struct Resource: Sendable {
        /// The member's path, below `ferry/`.
        package var path: String
        /// Its bytes.
        package var bytes: [UInt8]

        /// Joins the two.
        package init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// The set's number for its destination, 1 to 999,999.
    package var sequence: Int
    /// The name of the site that it is for; nil for the default one.
    package var destination: String?
    /// The set that this one builds on.
    package var base: SetIdentifier?
    /// The images, in the order of the plan.
    package var images: [SetImage]
    /// The blobs and manifests to carry, each once, in the order in which they are to lie.
    package var blobs: [Descriptor]
    /// What is left out because an earlier set carried it, with that set, or because an inventory found it there.
    package var requires: [Digest: SetIdentifier]
    /// Those of the ids in `requires` that are of inventories, with the registries that these describe.
    package var inventories: [SetIdentifier: String]
    /// Further members of volume 1, in order.
    package var resources: [Resource]
    /// The digest of the image-set configuration.
    package var configDigest: Digest?
    /// What stands behind the images whatever the configuration's text, so that equal wishes are recognised; for the
    /// history only.
    package var planDigest: Digest?
    /// The blobs and manifests that each repository must hold when the set is imported; for the history only.
    package var repositories: [RepositoryPath: [Digest]]
    /// The time that every member gets, in seconds since 1970: 0 or `SOURCE_DATE_EPOCH`.
    package var modificationTime: Int64

    /// Joins the parts.
    package init(
        sequence: Int,
        destination: String? = nil,
        base: SetIdentifier? = nil,
        images: [SetImage],
        blobs: [Descriptor],
        requires: [Digest: SetIdentifier] = [:],
        inventories: [SetIdentifier: String] = [:],
        resources: [Resource] = [],
        configDigest: Digest? = nil,
        planDigest: Digest? = nil,
        repositories: [RepositoryPath: [Digest]] = [:],
        modificationTime: Int64 = 0
    ) {
        self.sequence = sequence
        self.destination = destination
        self.base = base
        self.images = images
        self.blobs = blobs
        self.requires = requires
        self.inventories = inventories
        self.resources = resources
        self.configDigest = configDigest
        self.planDigest = planDigest
        self.repositories = repositories
        self.modificationTime = modificationTime
    }

    /// Checks that the parts fit each other.
    ///
    /// - Throws: `MediaSetError.invalidContent` that names the first part that does not.
    func validate() throws(MediaSetError) {
        guard (1...999_999).contains(sequence) else {
            throw Self.invalid("\(sequence)", "the sequence number \(sequence) is not from 1 to 999999")
        }
        var carried: Set<Digest> = []
        carried.reserveCapacity(blobs.count)
        var total: Int64 = 0
        for blob in blobs {
            guard carried.insert(blob.digest).inserted else {
                throw Self.invalid("\(blob.digest)", "the blob \(blob.digest) was given twice")
            }
            let (sum, overflow) = total.addingReportingOverflow(blob.size)
            guard !overflow, sum <= 1 << 60 else {
                throw Self.invalid("\(blob.digest)", "the blobs claim more bytes than any medium holds")
            }
            total = sum
        }
        for image in images where !carried.contains(image.manifest.digest) && requires[image.manifest.digest] == nil {
            throw Self.invalid(
                "\(image.manifest.digest)",
                "the manifest of \(image.origin) is neither in the set nor in an earlier one"
            )
        }
        var paths: Set<String> = [PrefixMember.paddingPath]
        for resource in resources {
            guard resource.path.hasPrefix("ferry/"), paths.insert(resource.path).inserted else {
                throw Self.invalid(
                    resource.path,
                    "the member \"\(resource.path)\" is not below ferry/ or was given twice"
                )
            }
        }
    }

    /// The digests of the resources, by path.
    ///
    /// - Throws: `OpenSSLError`.
    func resourceDigests() throws -> [String: Digest] {
        try resources.reduce(into: [:]) { $0[$1.path] = try ContentHasher.digest(of: $1.bytes) }
    }

    private static func invalid(_ subject: String, _ message: String) -> MediaSetError {
        MediaSetError(.invalidContent, subject: subject, message: message)
    }
}
