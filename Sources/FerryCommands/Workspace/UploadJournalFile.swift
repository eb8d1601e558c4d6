import DispatchLanes
import Foundation
import ImageStorage
import Logging
import OCIModel
import RegistryClient
import Synchronization

/// A journal of uploads in a file of the working directory, one JSON document per line, only ever appended to.
///
/// It is readable by its owner only, since addresses of sessions may carry a secret, and is not synced: a lost line
/// costs the restart of one blob. The file is open only while a line is written, so that a medium that it lies on can
/// be taken out; when nothing is under way there is none.
final class UploadJournalFile: UploadJournal {
    /// The largest file that is read, in bytes; a larger one says nothing.
    private static let maximumSize = 16 << 20
    /// The size in bytes from which on a file is written anew, with what still counts, so that it stays readable.
    private static let compactingSize = 8 << 20

    private let path: String
    private let logger: Logger
    private let lane = DispatchLane(label: "ferry.uploads")
    private let state: Mutex<UploadJournalState>

    private init(path: String, state: UploadJournalState, logger: Logger) {
        self.path = path
        self.state = Mutex(state)
        self.logger = logger
    }

    /// Reads the journal of a registry and writes what still counts of it anew.
    ///
    /// - Parameters:
    ///   - registry: where the uploads go.
    ///   - folder: where the file lies; made when it is not there.
    ///   - logger: told when the journal cannot be written.
    /// - Returns: the journal.
    /// - Throws: `FerryError` or what Foundation says when the folder cannot be written.
    static func open(
        for registry: RegistryName,
        in folder: String,
        logger: Logger
    ) async throws -> UploadJournalFile {
        // Some file systems of media take no colon.
        let name = String(
            registry.text.map { $0.isASCII && ($0.isLetter || $0.isNumber || ".-".contains($0)) ? $0 : "_" }
        )
        let path = "\(folder)/uploads_\(name).jsonl"
        let state = try await LocalFiles.run {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let state = read(path)
            guard rewrite(path, with: state) else { throw FerryError("cannot write \(path)") }
            return state
        }
        return UploadJournalFile(path: path, state: state, logger: logger)
    }

    func find(_ upload: UploadKey) async -> UploadRecord? { state.withLock { $0.record(of: upload) } }

    func begin(_ upload: UploadKey, at location: String) async {
        await write(UploadJournalLine(upload, session: location, isNew: true))
    }

    func move(_ upload: UploadKey, to location: String) async {
        guard state.withLock({ $0.record(of: upload) })?.location != location else { return }
        await write(UploadJournalLine(upload, session: location))
    }

    func pass(_ checkpoint: HashCheckpoint, of upload: UploadKey) async {
        await write(UploadJournalLine(upload, checkpoint: checkpoint))
    }

    func forget(_ upload: UploadKey) async {
        await write(UploadJournalLine(upload, isDone: true))
    }

    private func write(_ line: UploadJournalLine) async {
        // What the lane does throws nothing.
        try? await lane.run { [self] in
            let isEmpty = state.withLock { state in
                state.apply(line)
                return state.isEmpty
            }
            let size = isEmpty ? 0 : Self.append(Self.encoded(line), to: path)
            var isWritten = size != nil
            if isEmpty || (size ?? 0) > Self.compactingSize {
                isWritten = Self.rewrite(path, with: state.withLock { $0 })
            }
            if !isWritten { logger.debug("an upload cannot be written down", metadata: ["path": "\(path)"]) }
        }
    }

    private static func read(_ path: String) -> UploadJournalState {
        var state = UploadJournalState()
        guard let file = FileHandle(forReadingAtPath: path) else { return state }
        defer { file.closeFile() }
        guard let data = try? file.read(upToCount: maximumSize + 1), data.count <= maximumSize else { return state }
        let decoder = JSONDecoder()
        // Behind the last line end is a line that a killed run did not finish, or nothing.
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            if let line = try? decoder.decode(UploadJournalLine.self, from: Data(line)) { state.apply(line) }
        }
        return state
    }

    private static func encoded(_ line: UploadJournalLine) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A document of strings and integers can always be encoded.
        return ((try? encoder.encode(line)).map { Array($0) } ?? []) + [UInt8(ascii: "\n")]
    }

    /// Makes the file hold what still counts and no more; there is none when that is nothing.
    ///
    /// - Returns: false when it could not be written.
    private static func rewrite(_ path: String, with state: UploadJournalState) -> Bool {
        let bytes = state.lines.flatMap { encoded($0) }
        unlink(path)
        return bytes.isEmpty || append(bytes, to: path) != nil
    }

    /// Adds bytes at the end of the file.
    ///
    /// - Returns: the size of the file in bytes; nil when they are not all there.
    private static func append(_ bytes: [UInt8], to path: String) -> Int64? {
        let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard count == bytes.count, size >= 0 else { return nil }
        return Int64(size)
    }
}

extension RegistryClient {
    /// Writes uploads down in the working directory, and goes on with those that a killed run left.
    ///
    /// Where that cannot be done, uploads begin anew after a kill, and that is all.
    func keepUploads(in directory: WorkingDirectory, logger: Logger) async {
        do {
            keepUploads(in: try await UploadJournalFile.open(for: registry, in: directory.journal, logger: logger))
        } catch {
            logger.info("uploads are not written down", metadata: ["cause": "\(error)"])
        }
    }
}
