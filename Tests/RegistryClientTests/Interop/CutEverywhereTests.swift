import FerryTestSupport
import HTTPTransport
import ImageStorage
import OCIModel
import RegistryClient
import Synchronization
import Testing

extension LargeBlobTests {
    /// A network in which no connection carries more than some bytes.
    struct CutEverywhereTests {
        private let repository: RepositoryPath

        init() throws {
            repository = try RepositoryPath("org/app")
        }

        @Test(.timeLimit(.minutes(10))) func `A1.2 a blob of 1 GB passes where each connection is cut after 64 MB`()
            async throws
        {
            let blob = try SparseBlob(seed: 5, size: 1_000_000_000)
            try await withRegistry(.store(SparseStore([blob], in: repository))) { source in
                try await withRegistry(.store(SparseStore())) { target in
                    let settings = LinkSettings(cutAfter: 64_000_000)
                    try await withLink(to: source.port, settings) { download in
                        try await withLink(to: target.port, settings) { upload in
                            try await copy(blob.descriptor, from: download.port, to: upload.port)
                            #expect(download.counts.cuts >= 15)
                            #expect(upload.counts.cuts >= 15)
                            #expect(download.counts.bytesToClients < 1_300_000_000, "\(download.counts)")
                            #expect(upload.counts.bytesToServer < 1_300_000_000, "\(upload.counts)")
                        }
                    }
                    #expect(target.traffic.counts.uploadsStarted == 1)
                    #expect(try await target.store.containsBlob(blob.descriptor, in: repository))
                }
            }
        }

        private func copy(_ blob: Descriptor, from source: Int, to target: Int) async throws {
            try await RegistryFixture.withClient(port: source) { reader, _ in
                try await RegistryFixture.withClient(port: target) { writer, _ in
                    try await writer.writeBlob(blob, to: repository, from: BlobOpener(blob, in: repository, of: reader))
                }
            }
        }

        /// What is remembered between runs, in memory.
        private final class Memory: RegistryMemory {
            let limits = Mutex<UploadLimits?>(nil)

            func uploadLimits(of registry: RegistryName) async -> UploadLimits? { limits.withLock { $0 } }

            func remember(_ limits: UploadLimits, of registry: RegistryName) async {
                self.limits.withLock { $0 = limits }
            }
        }

        @Test(.enabled(if: toolPath("docker-registry") != nil, "docker-registry is not installed"))
        func `docker-registry, which loses cut sessions, gets chunks that pass`() async throws {
            let (memory, size) = (Memory(), Int64(120_000_000))
            try await withDockerRegistry { name in
                try await withLink(to: #require(name.port), LinkSettings(cutAfter: 16_000_000)) { link in
                    for run in 0..<2 {
                        let blob = try SparseBlob(seed: UInt64(run), size: size)
                        let before = link.counts.bytesToServer
                        try await RegistryFixture.withClient(port: link.port) { client, _ in
                            await client.remember(in: memory)
                            try await client.writeBlob(blob.descriptor, to: repository, from: blob.opener)
                            #expect(try await client.containsBlob(blob.descriptor, in: repository))
                        }
                        // The first loses what one connection carries, perhaps twice, and the second nothing.
                        let sent = link.counts.bytesToServer - before
                        #expect(sent < size * (run == 0 ? 130 : 101) / 100, "\(run) \(sent)")
                    }
                    let limits = try #require(memory.limits.withLock { $0 })
                    #expect(limits.cutsConnections)
                    #expect((limits.largestBody ?? 0) < 16_000_000)
                }
            }
        }
    }
}
