import FerryTestSupport
import HTTPTestSupport
import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import Synchronization
import Testing

/// Uploads that a later run goes on with.
struct UploadJournalTests {
    /// A journal in memory.
    private final class MemoryJournal: UploadJournal {
        let records = Mutex<[UploadKey: UploadRecord]>([:])

        func find(_ upload: UploadKey) async -> UploadRecord? { records.withLock { $0[upload] } }

        func begin(_ upload: UploadKey, at location: String) async {
            records.withLock { $0[upload] = UploadRecord(location: location) }
        }

        func move(_ upload: UploadKey, to location: String) async {
            records.withLock { $0[upload]?.location = location }
        }

        func pass(_ checkpoint: HashCheckpoint, of upload: UploadKey) async {
            records.withLock { $0[upload]?.checkpoints.append(checkpoint) }
        }

        func forget(_ upload: UploadKey) async { records.withLock { $0[upload] = nil } }
    }

    private static let size = 4_000_000
    private let repository: RepositoryPath
    private let blob: TestBlob

    init() throws {
        repository = try RepositoryPath("org/app")
        blob = try TestBlob(seed: 7, size: Self.size)
    }

    /// An opener with the chunks of a network, which notes where it was opened.
    private func opener(_ opened: Mutex<[Int64]>.Box = .init()) -> BlobOpener {
        let bytes = ByteBuffer(bytes: blob.bytes)
        return BlobOpener { offset, body in
            opened.value.withLock { $0.append(offset) }
            let rest = SingleConsumer(bytes)
            rest.value.moveReaderIndex(forwardBy: Int(offset))
            try await body(
                BlobStream {
                    rest.value.readSlice(length: min(64 << 10, rest.value.readableBytes)).flatMap {
                        $0.readableBytes > 0 ? $0 : nil
                    }
                }
            )
        }
    }

    private func upload(_ port: Int, _ journal: MemoryJournal, _ source: BlobOpener) async throws {
        var configuration = RegistryClientConfiguration()
        configuration.journaledBlobSize = 1_000_000
        configuration.checkpointInterval = 500_000
        try await RegistryFixture.withClient(port: port, configuration: configuration) { client, _ in
            client.keepUploads(in: journal)
            try await client.writeBlob(blob.descriptor, to: repository, from: source)
        }
    }

    private var key: UploadKey {
        UploadKey(repository: repository, digest: blob.descriptor.digest, size: blob.descriptor.size)
    }

    /// A run that is stopped when the registry has got about so many bytes; returns how many were sent.
    private func stopped(at position: Int64, _ registry: TestRegistry, _ journal: MemoryJournal) async throws -> Int64 {
        let sent = try await CuttingProxy.withProxy(to: registry.port) { proxy in
            let task = Task { [self] in try await upload(proxy.port, journal, opener()) }
            proxy.cut(at: position) { task.cancel() }
            await #expect(throws: CancellationError.self) { try await task.value }
            // The address that is written down is of a proxy that ends here.
            journal.records.withLock { records in
                for key in records.keys {
                    records[key]?.location.replace(":\(proxy.port)/", with: ":\(registry.port)/")
                }
            }
            return proxy.sentBytes
        }
        try await registry.traffic.ended("PUT")
        return sent
    }

    @Test(arguments: [100_000, 1_700_000, 3_900_000])
    func `a later run goes on at the byte`(position: Int64) async throws {
        try await withTemporaryFolder { folder in
            try await withRegistry(.folder(folder)) { registry in
                let journal = MemoryJournal()
                let before = try await stopped(at: position, registry, journal)
                let record = try #require(journal.records.withLock { $0[key] })
                #expect(position < 1_000_000 || !record.checkpoints.isEmpty)
                let opened = Mutex<[Int64]>.Box()
                try await upload(registry.port, journal, opener(opened))
                #expect(try await registry.store.containsBlob(blob.descriptor, in: repository))
                #expect(journal.records.withLock { $0.isEmpty })
                let counts = await registry.traffic.settled()
                #expect(counts.uploadedBytes <= Int64(Self.size) + 1, "\(before) \(counts.log)")
                #expect(counts.uploadsStarted == 1)
                let start = try #require(opened.value.withLock { $0.first })
                #expect(start <= position && (position < 1_700_000 || start >= 500_000), "\(start)")
            }
        }
    }

    @Test(arguments: [true, false])
    func `wrong bytes leave nothing to go on with`(isLong: Bool) async throws {
        try await withRegistry { registry in
            let journal = MemoryJournal()
            var bytes = blob.bytes
            bytes[2_000_000] ^= 1
            if isLong { bytes.append(0) }
            let wrong = RegistryFixture.opener(bytes)
            await #expect(throws: ImageStorageError.self) { try await upload(registry.port, journal, wrong) }
            #expect(journal.records.withLock { $0.isEmpty })
            let before = await registry.traffic.settled().uploadsStarted
            let opened = Mutex<[Int64]>.Box()
            try await upload(registry.port, journal, opener(opened))
            #expect(opened.value.withLock { $0 } == [0])
            #expect(await registry.traffic.settled().uploadsStarted == before + 1)
            #expect(try await registry.store.containsBlob(blob.descriptor, in: repository))
        }
    }

    @Test func `a session that stands at another registry proves nothing about this one`() async throws {
        try await withRegistry { former in
            try await withRegistry { registry in
                let journal = MemoryJournal()
                _ = try await stopped(at: 2_500_000, former, journal)
                try await upload(registry.port, journal, opener())
                #expect(try await registry.store.containsBlob(blob.descriptor, in: repository))
                #expect(journal.records.withLock { $0.isEmpty })
            }
        }
    }

    @Test(arguments: ["state", "offset", "session", "garbage", "host"])
    func `a journal that is wrong costs a restart`(damage: String) async throws {
        try await withRegistry { registry in
            let journal = MemoryJournal()
            _ = try await stopped(at: 2_500_000, registry, journal)
            journal.records.withLock { records in
                guard var record = records[key] else { return }
                let checkpoints = record.checkpoints
                switch damage {
                case "state":
                    record.checkpoints = checkpoints.map { .init(offset: $0.offset, state: $0.state.map { ~$0 }) }
                case "offset": record.checkpoints = checkpoints.map { .init(offset: $0.offset + 64, state: $0.state) }
                case "session": record.location += "0"
                case "host": record.location = "http://127.0.0.1:1/v2/org/app/blobs/uploads/1"
                default: record.location = "no address"
                }
                records[key] = record
            }
            try await upload(registry.port, journal, opener())
            #expect(try await registry.store.containsBlob(blob.descriptor, in: repository))
            #expect(await registry.traffic.settled().uploadsStarted == 2)
            #expect(journal.records.withLock { $0.isEmpty })
        }
    }

    @Test func `a checkpoint that cannot be read costs reading, not sending`() async throws {
        try await withRegistry { registry in
            let journal = MemoryJournal()
            _ = try await stopped(at: 2_500_000, registry, journal)
            journal.records.withLock { $0[key]?.checkpoints = [.init(offset: 500_000, state: [1, 2, 3])] }
            let opened = Mutex<[Int64]>.Box()
            try await upload(registry.port, journal, opener(opened))
            #expect(opened.value.withLock { $0 } == [0])
            #expect(await registry.traffic.settled().uploadsStarted == 1)
            #expect(await registry.traffic.settled().uploadedBytes <= Int64(Self.size))
        }
    }

    /// A run that is stopped while its source waits for another medium; the next one goes on exactly there.
    private func stopAtPause(port: Int) async throws {
        let journal = MemoryJournal()
        let pause: Int64 = 2_222_222
        let plain = opener()
        let (waiting, wait) = AsyncStream<Void>.makeStream()
        let slow = BlobOpener(pauses: [pause]) { offset, body in
            if offset == pause {
                wait.yield()
                try await Task.sleep(for: .seconds(600))
            }
            try await plain.withStream(from: offset, body)
        }
        let task = Task { [self] in try await upload(port, journal, slow) }
        for await _ in waiting { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let opened = Mutex<[Int64]>.Box()
        let source = opener(opened)
        try await upload(port, journal, BlobOpener(pauses: [pause]) { try await source.withStream(from: $0, $1) })
        #expect(opened.value.withLock { $0 } == [pause])
    }

    @Test func `a run that ends while it waits for a medium is gone on with there`() async throws {
        try await withRegistry { registry in
            try await stopAtPause(port: registry.port)
            #expect(await registry.traffic.settled().uploadedBytes == Int64(Self.size))
        }
    }

    @Test(.enabled(if: toolPath("docker-registry") != nil, "docker-registry is not installed"))
    func `docker-registry keeps what came before the pause for the next run`() async throws {
        try await withDockerRegistry { name in try await stopAtPause(port: #require(name.port)) }
    }

    @Test func `what is there already is not kept in mind`() async throws {
        try await withRegistry { registry in
            let journal = MemoryJournal()
            try await blob.write(to: registry.store, in: repository)
            await journal.begin(key, at: "http://127.0.0.1:1/")
            var configuration = RegistryClientConfiguration()
            configuration.journaledBlobSize = 1_000_000
            try await RegistryFixture.withClient(port: registry.port, configuration: configuration) { client, _ in
                client.keepUploads(in: journal)
                let isThere = try await client.containsBlob(blob.descriptor, in: repository)
                #expect(isThere)
                #expect(journal.records.withLock { $0.isEmpty })
            }
        }
    }

    @Test func `small blobs are not written down`() async throws {
        try await withRegistry { registry in
            let journal = MemoryJournal()
            let small = try TestBlob(seed: 1, size: 1_000)
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                client.keepUploads(in: journal)
                let source = BlobOpener { _, body in
                    #expect(journal.records.withLock { $0.isEmpty })
                    try await body(BlobStream(ByteBuffer(bytes: small.bytes)))
                }
                try await client.writeBlob(small.descriptor, to: repository, from: source)
            }
        }
    }
}

extension Mutex where Value == [Int64] {
    /// A list that closures share.
    final class Box: Sendable {
        let value = Mutex<[Int64]>([])
    }
}
