package import OCIModel

/// What the far side says after an import: all of this set is there.
package struct Receipt: Hashable, Sendable {
    /// The only format there is so far.
    package static let currentFormat = 1
    /// The largest receipt that is read, in bytes.
    package static let maximumBytes = 64 << 20
    /// The largest sequence number, which is what six digits hold.
    private static let maximumSequence = 999_999

    /// The set that was imported.
    package let set: SetIdentifier
    /// Its number for its destination, from 1.
    package let sequence: Int
    /// The digest of the lock file that it carries.
    package let lockDigest: Digest
    /// The registry and the path in it that it was imported to, as text for people.
    package let target: String
    /// The root manifests of its images that are there, sorted, each once.
    package let images: [Digest]

    /// Joins the parts, sorting the images.
    package init(set: SetIdentifier, sequence: Int, lockDigest: Digest, target: String, images: some Sequence<Digest>) {
        self.set = set
        self.sequence = sequence
        self.lockDigest = lockDigest
        self.target = target
        self.images = Set(images).sorted()
    }

    /// Reads a receipt.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - name: how messages call it.
    /// - Throws: `MediaSetError.invalidReceipt` when it is damaged, has another format or lists no image.
    package init(bytes: [UInt8], name: String) throws {
        let receipt: Receipt
        do {
            // Members of a later format may mean something else, so nothing more of it is read.
            let format = try DocumentCoding.decode(Version.self, from: bytes, name: name).format
            guard format == Self.currentFormat else {
                throw MediaSetError(
                    .invalidReceipt,
                    subject: name,
                    message: "\(name) has receipt format \(format); this program reads format \(Self.currentFormat), "
                        + "use a newer one"
                )
            }
            receipt = try DocumentCoding.decode(Receipt.self, from: bytes, name: name)
        } catch let error as MediaSetError where error.code == .damagedDocument {
            throw MediaSetError(.invalidReceipt, subject: name, message: "\(error.message); bring the receipt again")
        }
        guard (1...Self.maximumSequence).contains(receipt.sequence), !receipt.images.isEmpty else {
            throw MediaSetError(
                .invalidReceipt,
                subject: name,
                message: "\(name) is no whole receipt: its number is not from 1 to \(Self.maximumSequence), "
                    + "or it lists no image; bring the receipt again"
            )
        }
        self = receipt
    }

    /// The bytes of the file: JSON with sorted keys and a line break at the end; the same for the same import.
    ///
    /// - Throws: `EncodingError`, which does not happen for this type.
    package func file() throws -> [UInt8] { try DocumentCoding.readable(self) }

    /// What a receipt of any format begins with.
    private struct Version: Decodable {
        let format: Int
    }

    /// The end of the file's name, which tells set from set.
    package var fileName: String { "\(VolumeName.padded(sequence, 6))_\(set).json" }
}

extension Receipt: Codable {
    private enum Key: String, CodingKey {
        case format
        case set
        case sequence
        case lockDigest
        case target
        case images
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            set: try container.decode(SetIdentifier.self, forKey: .set),
            sequence: try container.decode(Int.self, forKey: .sequence),
            lockDigest: try container.decode(Digest.self, forKey: .lockDigest),
            target: try container.decode(String.self, forKey: .target),
            images: try container.decode([Digest].self, forKey: .images)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.currentFormat, forKey: .format)
        try container.encode(set, forKey: .set)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(lockDigest, forKey: .lockDigest)
        try container.encode(target, forKey: .target)
        try container.encode(images, forKey: .images)
    }
}
