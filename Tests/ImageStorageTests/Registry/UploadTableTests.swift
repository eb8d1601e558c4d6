import FerryTestSupport
import NIOCore
import OCIModel
import Testing

@testable import ImageStorage

@Suite("Upload sessions")
struct UploadTableTests {
    @Test("names are 32 hexadecimal digits and differ")
    func names() {
        let name = UploadID()
        #expect(UploadID(name.text) == name)
        #expect(UploadID() != name)
        for wrong in ["", "..", "../../../../etc/passwd", name.text.uppercased() + "A", name.text + "0", "é"] {
            #expect(UploadID(wrong) == nil)
        }
    }

    @Test("the session that was idle longest goes when there are too many, never one in use")
    func eviction() throws {
        var table = UploadTable<Int>(limit: 2)
        let repository = try RepositoryPath("a")
        let uploads = (0..<4).map { _ in UploadID() }
        #expect(table.begin(uploads[0], in: repository, resource: 0) == nil)
        #expect(table.begin(uploads[1], in: repository, resource: 1) == nil)
        guard case .granted(0) = table.take(uploads[0], in: repository, at: 0) else {
            Issue.record("an idle session must be granted")
            return
        }
        #expect(table.begin(uploads[2], in: repository, resource: 2) == 1)
        table.giveBack(uploads[0], size: 5)
        #expect(table.progress(uploads[0], in: repository) == .at(5))
        #expect(table.begin(uploads[3], in: repository, resource: 3) == 2)
        #expect(table.progress(uploads[2], in: repository) == .unknown)
    }

    @Test("who asks for a session's progress while it is written to learns how far it is", arguments: [false, true])
    func liveProgress(usesFolder: Bool) async throws {
        try await withTemporaryFolder { path in
            let store: any RegistryWriter = usesFolder ? try await FolderStore.open(at: path) : MemoryStore()
            let repository = try RepositoryPath("a")
            let upload = try await store.beginUpload(in: repository)
            let count = SingleConsumer(0)
            let stream = BlobStream {
                let progress = try await store.uploadProgress(upload, in: repository)
                #expect(progress == .at(Int64(count.value) * 600_000))
                guard count.value < 3 else { return nil }
                count.value += 1
                return ByteBuffer(repeating: 1, count: 600_000)
            }
            let end = try await store.appendUpload(stream, to: upload, in: repository, at: 0)
            #expect(end == .at(1_800_000))
        }
    }
}
