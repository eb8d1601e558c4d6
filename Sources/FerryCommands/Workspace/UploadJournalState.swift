import Foundation
import ImageStorage
import OCIModel
import RegistryClient

/// What a journal of uploads says, line by line, without any I/O.
struct UploadJournalState {
    /// The longest address that is kept, in bytes.
    static let maximumLocationLength = 16 << 10
    /// How many checkpoints of an upload are kept: registries have at most some buffers less than was sent.
    static let checkpointsPerUpload = 4
    /// How many uploads are kept; the oldest go first.
    static let maximumUploads = 1024

    private struct Upload {
        var record: UploadRecord
        var number: Int
    }

    private var uploads: [UploadKey: Upload] = [:]
    private var count = 0

    /// Whether nothing is under way.
    var isEmpty: Bool { uploads.isEmpty }

    /// What is known of an upload.
    func record(of key: UploadKey) -> UploadRecord? { uploads[key]?.record }

    /// Takes a line in; one that makes no sense is left out.
    mutating func apply(_ line: UploadJournalLine) {
        guard let key = line.key else { return }
        if line.isDone == true {
            uploads[key] = nil
            return
        }
        if let location = line.session, location.utf8.count <= Self.maximumLocationLength {
            count += 1
            var record = line.isNew == true ? nil : uploads[key]?.record
            record?.location = location
            uploads[key] = Upload(record: record ?? UploadRecord(location: location), number: count)
        }
        guard let checkpoint = line.checkpoint, checkpoint.offset <= key.size else { return }
        // A hash that stands before an older checkpoint was begun anew.
        uploads[key]?.record.checkpoints.removeAll { $0.offset >= checkpoint.offset }
        uploads[key]?.record.checkpoints.append(checkpoint)
        if let known = uploads[key]?.record.checkpoints {
            uploads[key]?.record.checkpoints = known.suffix(Self.checkpointsPerUpload)
        }
    }

    /// The fewest lines that say the same.
    var lines: [UploadJournalLine] {
        uploads.sorted { $0.value.number < $1.value.number }.suffix(Self.maximumUploads).flatMap { key, upload in
            [UploadJournalLine(key, session: upload.record.location, isNew: true)]
                + upload.record.checkpoints.map { UploadJournalLine(key, checkpoint: $0) }
        }
    }
}

/// One line of a journal of uploads.
struct UploadJournalLine: Codable {
    private var repository: String
    private var digest: String
    private var size: Int64
    /// The address of the session.
    private(set) var session: String?
    /// Whether earlier lines about the upload are void.
    private(set) var isNew: Bool?
    /// Whether the upload is complete.
    private(set) var isDone: Bool?
    private var offset: Int64?
    private var hash: Data?

    private enum CodingKeys: String, CodingKey {
        case repository, digest, size, session, offset, hash
        case isNew = "new"
        case isDone = "done"
    }

    /// Says something about an upload.
    init(
        _ key: UploadKey,
        session: String? = nil,
        isNew: Bool? = nil,
        checkpoint: HashCheckpoint? = nil,
        isDone: Bool? = nil
    ) {
        repository = key.repository.text
        digest = key.digest.description
        size = key.size
        self.session = session
        self.isNew = isNew
        self.isDone = isDone
        offset = checkpoint?.offset
        hash = checkpoint.map { Data($0.state) }
    }

    /// What the line is about; nil when it makes no sense.
    var key: UploadKey? {
        guard size >= 0, let repository = try? RepositoryPath(repository), let digest = try? Digest(digest) else {
            return nil
        }
        return UploadKey(repository: repository, digest: digest, size: size)
    }

    /// The checkpoint of the hash that it tells, if it does and makes sense.
    var checkpoint: HashCheckpoint? {
        guard let offset, offset > 0, let hash, hash.count <= 256 else { return nil }
        return HashCheckpoint(offset: offset, state: Array(hash))
    }
}
