package import ImageStorage
import NIOCore
import OCIModel
import Testing

/// What every store that is both an image source and an image target must do; one suite for all of them.
///
/// ```swift
/// @Test(arguments: StoreConformance.allCases)
/// func conforms(_ rule: StoreConformance) async throws { try await rule.check(MemoryStore()) }
/// ```
package enum StoreConformance: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case blobsComeBackAsWritten
    case blobsAreReadFromAnyOffset
    case emptyBlobs
    case absentThingsAreNotThere
    case wrongBytesAreNeverStored
    case brokenSourcesLeaveNothing
    case blobsBelongToTheirRepository
    case mountsNeedAHolder
    case manifestsComeBackAsWritten
    case manifestsAreFoundByTag
    case tagsMoveAndAreSorted
    case dockerManifestsKeepTheirType
    case manifestsWithoutTheirBlobsAreRefused
    case indexesWithTheirChildren
    case referrersAreListed
    case manyWritersAtOnce

    /// The rule's name in test reports.
    package var testDescription: String { rawValue }

    /// Checks the rule on an empty store; records issues by `#expect`.
    ///
    /// - Throws: what the store throws where it must not.
    package func check<Store: ImageSource & ImageTarget>(_ store: Store) async throws {
        let check = ConformanceCheck(store: store)
        switch self {
        case .blobsComeBackAsWritten: try await check.blobsComeBackAsWritten()
        case .blobsAreReadFromAnyOffset: try await check.blobsAreReadFromAnyOffset()
        case .emptyBlobs: try await check.emptyBlobs()
        case .absentThingsAreNotThere: try await check.absentThingsAreNotThere()
        case .wrongBytesAreNeverStored: try await check.wrongBytesAreNeverStored()
        case .brokenSourcesLeaveNothing: try await check.brokenSourcesLeaveNothing()
        case .blobsBelongToTheirRepository: try await check.blobsBelongToTheirRepository()
        case .mountsNeedAHolder: try await check.mountsNeedAHolder()
        case .manifestsComeBackAsWritten: try await check.manifestsComeBackAsWritten()
        case .manifestsAreFoundByTag: try await check.manifestsAreFoundByTag()
        case .tagsMoveAndAreSorted: try await check.tagsMoveAndAreSorted()
        case .dockerManifestsKeepTheirType: try await check.dockerManifestsKeepTheirType()
        case .manifestsWithoutTheirBlobsAreRefused: try await check.manifestsWithoutTheirBlobsAreRefused()
        case .indexesWithTheirChildren: try await check.indexesWithTheirChildren()
        case .referrersAreListed: try await check.referrersAreListed()
        case .manyWritersAtOnce: try await check.manyWritersAtOnce()
        }
    }
}

struct ConformanceCheck<Store: ImageSource & ImageTarget> {
    let store: Store

    func repository(_ text: String = "team/app") throws -> RepositoryPath { try RepositoryPath(text) }

    /// All bytes of a blob from an offset on, of one or more chunks.
    func read(_ blob: TestBlob, in repository: RepositoryPath, from offset: Int64 = 0) async throws -> [UInt8] {
        try await store.withBlob(blob.descriptor, in: repository, from: offset) { stream in
            var bytes: [UInt8] = []
            while let chunk = try await stream.next() {
                #expect(chunk.readableBytes > 0)
                bytes.append(contentsOf: chunk.readableBytesView)
            }
            return bytes
        }
    }

    /// The kind of failure of a call that must fail.
    func failure(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async -> ContentFailureKind? {
        do {
            try await body()
            Issue.record("the call must fail", sourceLocation: sourceLocation)
            return nil
        } catch {
            return ContentFailureKind(of: error)
        }
    }
}
