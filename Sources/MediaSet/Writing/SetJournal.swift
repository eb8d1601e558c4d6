import Foundation
import OCIModel

/// The append-only record of how far a set is, beside the volumes; every call may block.
///
/// A record that a blob is complete is written after its data is on disk. Hints of how far a blob is are written without
/// any flush: after a kill they are right, because the kernel keeps what was written; after a power cut they may not be,
/// and the digest at the blob's end finds that out.
final class SetJournal: Sendable {
    /// What a journal knows about a blob.
    enum Entry: Equatable {
        case reached(Int64)
        case complete(sums: [String])
    }

    /// The largest journal that is read, in bytes.
    private static let maximumSize: Int64 = 1 << 30

    private let file: MediaFile

    /// Where the journal of a set is, in a folder of volumes.
    static func path(of set: SetIdentifier, in folder: String) -> String {
        "\(folder)/working-dir/journal/\(set).jsonl"
    }

    /// Reads what an earlier run left; nil when there is nothing for this set.
    ///
    /// Lines that cannot be read, such as one that was cut short, are passed over.
    ///
    /// - Throws: `MediaSetError`.
    static func load(_ path: String, set: Digest, blobs: [Descriptor]) throws -> [Int: Entry]? {
        guard let bytes = try MediaFolder.read(path, limit: maximumSize) else { return nil }
        return entries(bytes, set: set, blobs: blobs)
    }

    /// What the lines say; nil unless the first one names the set.
    static func entries(_ bytes: [UInt8], set: Digest, blobs: [Descriptor]) -> [Int: Entry]? {
        let complete = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? []
        var entries: [Int: Entry] = [:]
        var isOurs = false
        for record in records(complete) {
            if let named = record.set { isOurs = named == set }
            guard isOurs else { return nil }
            guard let blob = record.blob, blobs.indices.contains(blob) else { continue }
            if record.done == true {
                entries[blob] = .complete(sums: record.sums ?? [])
            } else if let reached = record.at, (0...blobs[blob].size).contains(reached) {
                entries[blob] = .reached(reached)
            }
        }
        return isOurs ? entries : nil
    }

    private static func records(_ bytes: ArraySlice<UInt8>) -> [JournalRecord] {
        let decoder = JSONDecoder()
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        var records: [JournalRecord] = []
        records.reserveCapacity(lines.count)
        // Many lines at once are far quicker; only a group with a bad line is read one by one.
        for start in stride(from: 0, to: lines.count, by: 1000) {
            let group = lines[start..<min(start + 1000, lines.count)]
            let array = Data([UInt8(ascii: "[")] + group.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")])
            if let all = try? decoder.decode([JournalRecord].self, from: array), all.count == group.count {
                records += all
            } else {
                // A line that cannot be read only means that its blob is fetched again.
                records += group.compactMap { try? decoder.decode(JournalRecord.self, from: Data($0)) }
            }
        }
        return records
    }

    /// Starts a journal that says what is known so far, in place of the one that is there.
    ///
    /// - Throws: `MediaSetError`; `EncodingError`.
    init(_ path: String, set: Digest, entries: [Int: Entry]) throws {
        var bytes = try JournalRecord(set: set).line()
        for (blob, entry) in entries.sorted(by: { $0.key < $1.key }) {
            switch entry {
            case .reached(let offset): bytes += JournalRecord.hint(blob: blob, at: offset)
            case .complete(let sums): bytes += try Self.complete(blob, sums)
            }
        }
        try MediaFolder.write(bytes, to: path)
        file = try MediaFile(path, .append)
    }

    /// Notes how far a blob is, without a flush.
    ///
    /// - Throws: `MediaSetError`.
    func note(blob: Int, reached offset: Int64) throws(MediaSetError) {
        try file.append(JournalRecord.hint(blob: blob, at: offset))
    }

    /// Records complete blobs; their data must be on disk.
    ///
    /// - Throws: `MediaSetError`; `EncodingError`.
    func record(complete blobs: [(index: Int, sums: [String])]) throws {
        var bytes: [UInt8] = []
        for blob in blobs { bytes += try Self.complete(blob.index, blob.sums) }
        if !bytes.isEmpty { try file.append(bytes) }
        try file.flushData()
    }

    private static func complete(_ blob: Int, _ sums: [String]) throws -> [UInt8] {
        try JournalRecord(blob: blob, done: true, sums: sums.isEmpty ? nil : sums).line()
    }
}
