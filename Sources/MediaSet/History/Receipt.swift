package import OCIModel
import OpenSSLCrypto

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
    /// - Throws: `MediaSetError.invalidReceipt` when it is damaged, was changed or shortened after it was written, has
    ///   another format or lists no image; `OpenSSLError`.
    package init(bytes: [UInt8], name: String) throws {
        let document: Document
        do {
            let format = try DocumentCoding.format(of: bytes, name: name)
            guard format == Self.currentFormat else {
                throw MediaSetError(
                    .invalidReceipt,
                    subject: name,
                    message: "\(name) has receipt format \(format); this program reads format \(Self.currentFormat), "
                        + "use a newer one"
                )
            }
            document = try DocumentCoding.decode(Document.self, from: bytes, name: name)
        } catch let error as MediaSetError where error.code == .damagedDocument {
            throw MediaSetError(.invalidReceipt, subject: name, message: "\(error.message); bring the receipt again")
        }
        guard document.kind == Document.kind, (1...Self.maximumSequence).contains(document.sequence),
            !document.images.isEmpty
        else {
            throw MediaSetError(
                .invalidReceipt,
                subject: name,
                message: "\(name) is no whole receipt: its number is not from 1 to \(Self.maximumSequence), "
                    + "or it lists no image; bring the receipt again"
            )
        }
        guard document.digest == (try document.contentDigest()) else {
            throw MediaSetError(
                .invalidReceipt,
                subject: name,
                message: "\(name) was changed after the import wrote it, its content does not have the digest that it "
                    + "names; bring the receipt again"
            )
        }
        self.init(
            set: document.set,
            sequence: document.sequence,
            lockDigest: document.lockDigest,
            target: document.target,
            images: document.images
        )
    }

    /// The bytes of the file: JSON with sorted keys and a line break at the end; the same for the same import.
    ///
    /// It holds a digest of its content, so that a mishap on the way is noticed; who changes it on purpose can make a new
    /// digest.
    ///
    /// - Throws: `OpenSSLError`; `EncodingError`, which does not happen for this type.
    package func file() throws -> [UInt8] {
        var document = Document(self)
        document.digest = try document.contentDigest()
        return try DocumentCoding.readable(document)
    }

    /// The end of the file's name, which tells set from set and target from target.
    ///
    /// - Throws: `OpenSSLError`.
    package func fileName() throws -> String {
        "\(VolumeName.padded(sequence, 6))_\(set)_\(try TargetFileName.part(for: target)).json"
    }
}

extension Receipt {
    /// The file as it stands.
    private struct Document: Codable {
        static let kind = "receipt"

        var format = Receipt.currentFormat
        var kind = Document.kind
        let set: SetIdentifier
        let sequence: Int
        let lockDigest: Digest
        let target: String
        let images: [Digest]
        /// The SHA-256 of the rest: without this member, with sorted keys and no white space.
        var digest: Digest?

        init(_ receipt: Receipt) {
            set = receipt.set
            sequence = receipt.sequence
            lockDigest = receipt.lockDigest
            target = receipt.target
            images = receipt.images
        }

        func contentDigest() throws -> Digest {
            var rest = self
            rest.digest = nil
            return try ContentHasher.digest(of: try DocumentCoding.compact(rest))
        }
    }
}
