import Foundation
import OCIModel

/// One line of a folder store's journal.
struct JournalRecord: Codable, Equatable {
    /// What the line says.
    enum Operation: String, Codable {
        case format
        case linkBlob
        case unlinkBlob
        case linkManifest
        case unlinkManifest
        case setTag
        case removeTag
        /// The images of an `index.json` of this digest are in the journal; the store writes it next, or took it over.
        case writeIndex
    }

    var operation: Operation
    var format: Int?
    var repository: RepositoryPath?
    var digest: Digest?
    var size: Int64?
    var mediaType: MediaType?
    var tag: Tag?
    var subject: Digest?
    var artifactType: String?
    var annotations: [String: String]?
    var children: [Digest]?

    /// The first line of every journal.
    static let header = JournalRecord(operation: .format, format: 1)

    /// A line that announces an `index.json`.
    static func writeIndex(_ digest: Digest) -> JournalRecord {
        JournalRecord(operation: .writeIndex, digest: digest)
    }

    private init(operation: Operation, format: Int? = nil, digest: Digest? = nil) {
        self.operation = operation
        self.format = format
        self.digest = digest
    }

    /// Describes a change.
    init(_ change: CatalogChange) {
        switch change {
        case .linkBlob(let digest, let size, let repository):
            self.init(operation: .linkBlob, digest: digest)
            self.repository = repository
            self.size = size
        case .unlinkBlob(let digest, let repository):
            self.init(operation: .unlinkBlob, digest: digest)
            self.repository = repository
        case .linkManifest(let manifest, let repository):
            self.init(operation: .linkManifest, digest: manifest.descriptor.digest)
            self.repository = repository
            size = manifest.descriptor.size
            mediaType = manifest.descriptor.mediaType
            subject = manifest.subject
            artifactType = manifest.descriptor.artifactType
            annotations = manifest.descriptor.annotations.isEmpty ? nil : manifest.descriptor.annotations
            children = manifest.children.isEmpty ? nil : manifest.children
        case .unlinkManifest(let digest, let repository):
            self.init(operation: .unlinkManifest, digest: digest)
            self.repository = repository
        case .setTag(let tag, let digest, let repository):
            self.init(operation: .setTag, digest: digest)
            self.repository = repository
            self.tag = tag
        case .removeTag(let tag, let repository):
            self.init(operation: .removeTag)
            self.repository = repository
            self.tag = tag
        }
    }

    /// The change that the line describes; nil when it describes none or a member is missing.
    func change() throws(OCIModelError) -> CatalogChange? {
        guard let repository else { return nil }
        switch operation {
        case .format, .writeIndex: return nil
        case .linkBlob:
            guard let digest, let size, size >= 0 else { return nil }
            return .linkBlob(digest, size: size, in: repository)
        case .unlinkBlob: return digest.map { .unlinkBlob($0, in: repository) }
        case .linkManifest:
            guard let digest, let size, let mediaType else { return nil }
            let descriptor = try Descriptor(
                mediaType: mediaType,
                digest: digest,
                size: size,
                artifactType: artifactType,
                annotations: annotations ?? [:]
            )
            let manifest = CatalogManifest(descriptor: descriptor, subject: subject, children: children ?? [])
            return .linkManifest(manifest, in: repository)
        case .unlinkManifest: return digest.map { .unlinkManifest($0, in: repository) }
        case .setTag:
            guard let tag, let digest else { return nil }
            return .setTag(tag, to: digest, in: repository)
        case .removeTag: return tag.map { .removeTag($0, in: repository) }
        }
    }

    /// The bytes of some lines, each with its end.
    ///
    /// - Throws: `EncodingError`.
    static func encode(_ records: [JournalRecord]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        for record in records {
            bytes.append(contentsOf: try encoder.encode(record))
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
