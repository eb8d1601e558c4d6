package import OCIModel
import OpenSSLCrypto

/// What a registry holds below a path, as `ferry inventory` found it: manifests, and the blobs that they refer to.
package struct Inventory: Hashable, Sendable, Codable {
    /// The only format there is so far.
    package static let currentFormat = 1
    /// What the file says that it is.
    private static let kind = "inventory"
    /// The largest inventory that is read, in bytes.
    package static let maximumBytes = 256 << 20

    /// A manifest that is there.
    package struct Manifest: Hashable, Sendable, Codable, Comparable {
        /// Its digest.
        package let digest: Digest
        /// Its size in bytes.
        package let size: Int64
        /// Its type.
        package let mediaType: MediaType
        /// The tags that name it, sorted.
        package var tags: [Tag]

        /// Joins the parts, sorting the tags.
        package init(digest: Digest, size: Int64, mediaType: MediaType, tags: some Sequence<Tag>) {
            self.digest = digest
            self.size = size
            self.mediaType = mediaType
            self.tags = tags.sorted()
        }

        /// Orders by digest.
        package static func < (left: Manifest, right: Manifest) -> Bool { left.digest < right.digest }
    }

    /// A blob that a manifest refers to.
    package struct Blob: Hashable, Sendable, Codable, Comparable {
        /// Its digest.
        package let digest: Digest
        /// Its size in bytes, as the manifest states it.
        package let size: Int64

        /// Joins the two.
        package init(digest: Digest, size: Int64) {
            self.digest = digest
            self.size = size
        }

        /// Orders by digest.
        package static func < (left: Blob, right: Blob) -> Bool { left.digest < right.digest }
    }

    /// What one repository holds.
    package struct Repository: Hashable, Sendable, Codable, Comparable {
        /// Its path below that of the inventory; for an inventory by a lock file the planned destination.
        package let path: RepositoryPath
        /// The manifests, sorted.
        package let manifests: [Manifest]
        /// The blobs, sorted.
        package let blobs: [Blob]

        /// Joins the parts, sorting them.
        package init(path: RepositoryPath, manifests: some Sequence<Manifest>, blobs: some Sequence<Blob>) {
            self.path = path
            self.manifests = manifests.sorted()
            self.blobs = blobs.sorted()
        }

        /// Orders by path.
        package static func < (left: Repository, right: Repository) -> Bool { left.path < right.path }
    }

    /// The version of the format.
    private let format: Int
    /// Tells it from a receipt.
    private let kind: String
    /// When it was made, in seconds since 1970.
    package let made: Int64
    /// The registry and the path in it that were looked at.
    package let target: String
    /// The repositories that hold anything, sorted by path.
    package let repositories: [Repository]

    /// Joins the parts, sorting the repositories.
    package init(made: Int64, target: String, repositories: some Sequence<Repository>) {
        format = Self.currentFormat
        kind = Self.kind
        self.made = made
        self.target = target
        self.repositories = repositories.sorted()
    }

    /// Whether a file claims to be an inventory, of any format.
    package static func isInventory(_ bytes: [UInt8]) -> Bool {
        do {
            return try DocumentCoding.decode(Version.self, from: bytes, name: "").kind == kind
        } catch {
            return false  // whoever reads it says what is wrong with it
        }
    }

    /// Reads an inventory.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - name: how messages call it.
    /// - Throws: `MediaSetError.invalidInventory` when it is damaged or has another format.
    package init(bytes: [UInt8], name: String) throws {
        do {
            // Members of a later format may mean something else, so nothing more of it is read.
            let version = try DocumentCoding.decode(Version.self, from: bytes, name: name)
            guard version.kind == Self.kind, version.format == Self.currentFormat else {
                throw Self.invalid(
                    name,
                    "\(name) is no inventory of format \(Self.currentFormat), which is what this program reads"
                )
            }
            self = try DocumentCoding.decode(Inventory.self, from: bytes, name: name)
        } catch let error as MediaSetError where error.code == .damagedDocument {
            throw Self.invalid(name, "\(error.message); bring the inventory again, or make it again")
        }
    }

    /// The bytes of the file: JSON with sorted keys, a line for each repository.
    ///
    /// - Throws: `EncodingError`, which does not happen for this type.
    package func file() throws -> [UInt8] {
        var bytes = Array("{\"format\":\(format),\"kind\":\"\(kind)\",\"made\":\(made),\"repositories\":[".utf8)
        for (index, repository) in repositories.enumerated() {
            bytes += Array(index == 0 ? "\n".utf8 : ",\n".utf8)
            bytes += try DocumentCoding.compact(repository)
        }
        bytes += Array("\n],\"target\":".utf8)
        bytes += try DocumentCoding.compact(target)
        return bytes + Array("}\n".utf8)
    }

    /// How the sets that leave something out because of an inventory call it: the beginning of the SHA-256 of its file.
    ///
    /// - Throws: `OpenSSLError`.
    package static func identifier(of file: [UInt8]) throws -> SetIdentifier {
        SetIdentifier(manifestDigest: try ContentHasher.digest(of: file))
    }

    static func invalid(_ subject: String, _ message: String) -> MediaSetError {
        MediaSetError(.invalidInventory, subject: subject, message: message)
    }

    /// What an inventory of any format has.
    private struct Version: Decodable {
        let format: Int
        let kind: String?
    }
}
