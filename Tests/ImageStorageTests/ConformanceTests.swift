import FerryTestSupport
import ImageStorage
import Testing

@Suite("All stores keep the same rules")
struct ConformanceTests {
    @Test("in memory", arguments: StoreConformance.allCases)
    func memory(_ rule: StoreConformance) async throws {
        try await rule.check(MemoryStore())
    }

    @Test("in a folder", arguments: StoreConformance.allCases)
    func folder(_ rule: StoreConformance) async throws {
        try await withTemporaryFolder { path in
            let store = try await FolderStore.open(at: path)
            try await rule.check(store)
            try await store.close()
        }
    }
}
