import Foundation
import OCIModel

/// What the lines of a journal add up to.
struct JournalReplay {
    /// The repositories after the last whole line.
    private(set) var catalog = RepositoryCatalog()
    /// Digests that some line took a link from; their bytes are garbage unless another link is left.
    private(set) var unlinked: Set<Digest> = []
    /// The digests of the `index.json` files whose images are in the catalog: written by the store or taken over.
    private(set) var knownIndexes: Set<Digest> = []
    /// The newest of them, when no change came after it.
    private(set) var currentIndex: Digest?
    /// How many lines there were.
    private(set) var lineCount = 0
    /// How many bytes the whole lines have; what follows is a torn line.
    private(set) var validSize = 0

    /// Starts with nothing.
    init() {}

    /// Reads the bytes of a journal; a last line without its end is ignored.
    ///
    /// - Throws: `ImageStorageError.invalidLayout` that names the line, when a line before the last is damaged or the
    ///   format is not known.
    init(_ bytes: [UInt8], path: String) throws {
        let decoder = JSONDecoder()
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            let record: JournalRecord
            do {
                record = try decoder.decode(JournalRecord.self, from: Data(line))
                try apply(record, path: path)
            } catch let error as ImageStorageError {
                throw error
            } catch {
                // A crash can leave a last line whose end was written and whose middle was not.
                guard !rest.isEmpty else { return }
                throw ImageStorageError(
                    .invalidLayout,
                    subject: path,
                    message:
                        "line \(lineCount + 1) of \(path) is damaged; without that file the folder opens as a plain "
                        + "OCI layout with the tags of its index.json"
                )
            }
            lineCount += 1
            validSize = rest.startIndex
        }
    }

    private mutating func apply(_ record: JournalRecord, path: String) throws {
        switch record.operation {
        case .format:
            guard record.format == 1 else {
                throw ImageStorageError(
                    .invalidLayout,
                    subject: path,
                    message: "\(path) has format \(record.format ?? 0), which a newer Ferry made; use that one"
                )
            }
        case .writeIndex:
            currentIndex = record.digest
            if let digest = record.digest { knownIndexes.insert(digest) }
        default:
            guard let change = try record.change() else {
                throw OCIModelError(.invalidManifest, subject: record.operation.rawValue, reason: "lacks a member")
            }
            catalog.apply(change)
            currentIndex = nil
            if let digest = change.unlinked { unlinked.insert(digest) }
        }
    }
}
