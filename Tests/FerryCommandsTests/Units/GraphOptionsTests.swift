import OCIModel
import Releases
import SemanticVersion
import Testing

@testable import FerryCommands

@Suite("Where graph data come from, and what their image is made of")
struct GraphOptionsTests {
    private static let service = "https://api.openshift.com/api/upgrades_info/graph-data"

    @Test(
        "graph data: the option, else beside the update service, else Red Hat's",
        arguments: [
            (nil, nil, service), (nil, "", service),
            (nil, "https://osus.lab/x/v1/graph?a=b", "https://osus.lab/x/graph-data"),
            ("https://a.b/c", "https://osus.lab/graph", "https://a.b/c"),
            ("file:///d/e.tar.gz", "nonsense", "file:///d/e.tar.gz"),
        ] as [(String?, String?, String)]
    )
    func data(_ explicit: String?, _ variable: String?, _ expected: String) throws {
        let environment = variable.map { ["UPDATE_URL_OVERRIDE": $0] } ?? [:]
        let found = try GraphOptions.data(explicit: explicit, environment: environment)
        #expect(try found == GraphDataSource(expected))
    }

    @Test("an update service whose address does not end in graph is an error that names the option")
    func noGraph() {
        let error = #expect(throws: ReleasesError.self) {
            try GraphOptions.data(explicit: nil, environment: ["UPDATE_URL_OVERRIDE": "https://osus.lab/x"])
        }
        #expect(error?.code == .invalidGraphDataSource)
        #expect(error?.description.contains("--graph-data") == true)
    }
}
