import Foundation
import OCIModel
import Releases
import SemanticVersion
import Testing

/// What oc-mirror chose from a real graph is what is chosen here.
@Suite("Releases that oc-mirror chose")
struct ExpectedReleasesTests {
    @Test("every measured case of the fixtures", arguments: GraphFiles.cases(in: GraphFiles.fixtures))
    func fixture(_ expected: GraphFiles.Case) async throws {
        let selector = ReleaseSelector(graphs: try GraphFiles.provider(in: GraphFiles.fixtures))
        let selection = try await selector.select(try expected.requests(), architectures: expected.architectures)
        #expect(selection.releases.map(\.version.description).sorted() == expected.versions)
        #expect(selection.crossedEdges.isEmpty)
    }

    @Test("the fixtures have all 15 cases")
    func count() {
        #expect(GraphFiles.cases(in: GraphFiles.fixtures).count == 15)
    }

    @Test("every measured case of the whole data", arguments: GraphFiles.cases(in: GraphFiles.shared))
    func shared(_ expected: GraphFiles.Case) async throws {
        let selector = ReleaseSelector(graphs: try GraphFiles.provider(in: try #require(GraphFiles.shared)))
        let selection = try await selector.select(try expected.requests(), architectures: expected.architectures)
        #expect(selection.releases.map(\.payload.description).sorted() == expected.releases?.sorted())
    }
}
