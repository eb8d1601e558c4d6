import Foundation
import Logging
import OCIModel
import RegistryClient
import Synchronization

/// What is remembered of registries, in `hosts.json` of the working directory.
///
/// Nothing depends on it: a file that is not there, or makes no sense, is as good as an empty one.
final class HostsFile: RegistryMemory {
    /// The largest file that is read, in bytes.
    private static let maximumSize = 1 << 20

    private let path: String
    private let today: @Sendable () -> Date
    private let logger: Logger
    private let document: Mutex<HostsDocument>

    private init(_ path: String, _ document: HostsDocument, _ today: @escaping @Sendable () -> Date, _ logger: Logger) {
        self.path = path
        self.document = Mutex(document)
        self.today = today
        self.logger = logger
    }

    /// Reads the file, if there is one.
    ///
    /// - Parameters:
    ///   - path: where it lies, or will lie when there is something to remember.
    ///   - today: the date.
    ///   - logger: told when the file cannot be read or written.
    /// - Returns: what was read, for this run to add to.
    static func open(
        at path: String,
        today: @escaping @Sendable () -> Date = { Date() },
        logger: Logger
    ) async -> HostsFile {
        do {
            let document = try await LocalFiles.run { try read(path) }
            return HostsFile(path, document, today, logger)
        } catch {
            logger.debug(
                "what was remembered of registries is left aside",
                metadata: ["path": "\(path)", "cause": "\(error)"]
            )
            return HostsFile(path, HostsDocument(), today, logger)
        }
    }

    func uploadLimits(of registry: RegistryName) async -> UploadLimits? {
        document.withLock { $0.limits(of: registry, on: today()) }
    }

    func remember(_ limits: UploadLimits, of registry: RegistryName) async {
        do {
            try await LocalFiles.run { [self] in
                // The lanes are several: the lock keeps the order in which several targets write.
                try document.withLock { document in
                    document.remember(limits, of: registry, on: today())
                    try AtomicFile.write(document.encoded, to: path)
                }
            }
        } catch {
            logger.debug(
                "what was learnt of a registry is not kept",
                metadata: ["path": "\(path)", "cause": "\(error)"]
            )
        }
    }

    private static func read(_ path: String) throws -> HostsDocument {
        guard let file = FileHandle(forReadingAtPath: path) else { return HostsDocument() }
        defer { file.closeFile() }
        let data = try file.read(upToCount: maximumSize + 1) ?? Data()
        guard data.count <= maximumSize else { throw FerryError("\(path) is larger than \(maximumSize) bytes") }
        return try HostsDocument(reading: data)
    }
}
