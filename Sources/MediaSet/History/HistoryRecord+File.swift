import OCIModel
import OpenSSLCrypto

extension HistoryRecord {
    /// Reads the file of a record.
    ///
    /// Records of earlier versions have no digest of their content and are taken as they are.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - name: how messages call it.
    /// - Throws: `MediaSetError.damagedDocument` when it cannot be read, has a later format, or was changed after it was
    ///   written; `OpenSSLError`.
    init(bytes: [UInt8], name: String) throws {
        let format = try DocumentCoding.format(of: bytes, name: name)
        guard format <= SetManifest.currentFormat else {
            throw MediaSetError(
                .damagedDocument,
                subject: name,
                message: "\(name) has history format \(format); this program reads formats up to "
                    + "\(SetManifest.currentFormat), use a newer one"
            )
        }
        let document = try DocumentCoding.decode(Document.self, from: bytes, name: name)
        if let digest = document.digest, try digest != document.contentDigest() {
            throw MediaSetError(
                .damagedDocument,
                subject: name,
                message:
                    "\(name) was changed after it was written, its content does not have the digest that it names; "
                    + "bring it back from a copy, or move it away and make the next set with --base none"
            )
        }
        self = document.record
    }

    /// The bytes of the file: JSON with sorted keys and a line break at the end.
    ///
    /// It holds a digest of its content, so that a mishap is noticed; who changes it on purpose can make a new digest.
    ///
    /// - Throws: `OpenSSLError`; `EncodingError`, which does not happen for this type.
    func file() throws -> [UInt8] {
        var document = Document(record: self)
        document.digest = try document.contentDigest()
        return try DocumentCoding.readable(document)
    }

    /// The file as it stands: the record's own members, and one more.
    private struct Document: Codable {
        let record: HistoryRecord
        /// The SHA-256 of the rest: without this member, with sorted keys and no white space; nil in older files.
        var digest: Digest?

        private enum Key: String, CodingKey {
            case digest
        }

        init(record: HistoryRecord) {
            self.record = record
        }

        init(from decoder: any Decoder) throws {
            record = try HistoryRecord(from: decoder)
            digest = try decoder.container(keyedBy: Key.self).decodeIfPresent(Digest.self, forKey: .digest)
        }

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encodeIfPresent(digest, forKey: .digest)
        }

        func contentDigest() throws -> Digest {
            try ContentHasher.digest(of: try DocumentCoding.compact(record))
        }
    }
}
