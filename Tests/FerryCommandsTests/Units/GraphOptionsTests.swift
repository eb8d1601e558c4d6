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

    /// A component of a repository.
    private func component(_ name: String, _ repository: String, _ hex: Character) throws -> ReleaseComponent {
        let digest = try Digest("sha256:\(String(repeating: hex, count: 64))")
        let place = try Repository(repository)
        return ReleaseComponent(
            name: name,
            reference: ImageReference(repository: place, digest: digest),
            digest: digest
        )
    }

    private func bases(
        _ releases: [(String, [ReleaseComponent])],
        explicit: String? = nil,
        environment: [String: String] = [:]
    ) throws -> [String] {
        try GraphOptions.bases(
            explicit: explicit,
            environment: environment,
            releases: try releases.map { (version: try SemanticVersion($0.0), components: $0.1) }
        ).map(\.description)
    }

    @Test("the base: the option, else the variable, else cli of the newest release, else Red Hat's")
    func base() throws {
        let cli = try component("cli", "quay.io/a/parts", "1")
        let releases = [("4.18.1", [cli, try component("etcd", "quay.io/a/parts", "2")])]
        let variable = ["FERRY_GRAPH_BASE_IMAGE": "registry.lab/base:1"]
        #expect(try bases(releases, explicit: "a.lab/b:c", environment: variable) == ["a.lab/b:c"])
        #expect(try bases(releases, environment: variable) == ["registry.lab/base:1"])
        #expect(try bases(releases, environment: ["FERRY_GRAPH_BASE_IMAGE": ""]) == ["\(cli.reference)"])
        #expect(try bases([("4.18.1", [])]) == [GraphOptions.standardBase])
        #expect(try bases([]) == [GraphOptions.standardBase])
        let error = #expect(throws: FerryError.self) {
            try bases([], environment: ["FERRY_GRAPH_BASE_IMAGE": "no reference"])
        }
        #expect(error?.message.hasPrefix("FERRY_GRAPH_BASE_IMAGE: ") == true)
    }

    @Test("of several releases the newest with a cli counts: all its architectures, of one repository, each once")
    func newestBase() throws {
        let old = try component("cli", "quay.io/a/parts", "1")
        let arm = try component("cli", "quay.io/a/parts", "2")
        let amd = try component("cli", "quay.io/a/parts", "3")
        let other = try component("cli", "quay.io/b/parts", "4")
        let newest = [("4.9.9", [old]), ("4.18.2", [amd]), ("4.18.2", [arm]), ("4.18.10", [])]
        #expect(try bases(newest) == ["\(arm.reference)", "\(amd.reference)"])
        #expect(try bases([("4.18.1", [old]), ("4.18.10-rc.1", [amd])]) == ["\(amd.reference)"])
        #expect(try bases([("4.18.2", [other]), ("4.18.2", [amd])]) == ["\(amd.reference)"])
        #expect(try bases([("4.18.2", [amd]), ("4.18.2", [amd])]) == ["\(amd.reference)"])
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
