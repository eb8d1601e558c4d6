import Foundation
import OCIModel
import Testing

@testable import Releases

@Suite struct PayloadSignatureStoresTests {
    private static func configMap(
        _ data: String,
        kind: String = "ConfigMap",
        version: String = "v1",
        annotation: String = "release.openshift.io/verification-config-map: \"\""
    ) -> String {
        """
        apiVersion: \(version)
        kind: \(kind)
        metadata:
          name: release-verification
          annotations:
            \(annotation)
        data:
        \(data.split(separator: "\n").map { "  \($0)\n" }.joined())
        """
    }

    private func stores(_ files: [String: String]) -> PayloadSignatureStores {
        PayloadSignatureStores(files: files.mapValues { Array($0.utf8) })
    }

    @Test func takesTheWebStoresInTheirOrder() {
        let found = stores([
            "0000_90_keys.yaml": Self.configMap(
                """
                verifier-public-key-x: whatever
                store-b: https://b.example.com/s/
                store-a: http://a.example.com/s
                store-again: https://b.example.com/s
                store-files: file:///etc
                store-wrong: ftp://a.example.com
                store-number: 7
                other: https://c.example.com
                """
            )
        ])
        #expect(found.stores.map(\.description) == ["https://b.example.com/s", "http://a.example.com/s"])
        #expect(found.notes.count == 3)
        #expect(found.notes.contains { $0.contains("store-files") && $0.contains("may not") })
    }

    @Test func takesTheFirstByPathInSeveralDocuments() {
        let first = "kind: Other\n---\n# empty\n---\n" + Self.configMap("store-a: https://a.example.com")
        let second = Self.configMap("store-b: https://b.example.com")
        #expect(stores(["b.yaml": second, "a.yml": first]).stores.map(\.description) == ["https://a.example.com"])
        #expect(stores(["b/c.json": second, "c.yaml": first]).stores.map(\.description) == ["https://b.example.com"])
    }

    @Test func readsJSON() {
        let text =
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":"#
            + #"{"release.openshift.io/verification-config-map":""}},"data":{"store-a":"https://a.example.com"}}"#
        #expect(stores(["a.json": text]).stores.count == 1)
    }

    @Test(arguments: [
        configMap("store-a: https://a.example.com", kind: "Secret"),
        configMap("store-a: https://a.example.com", version: "v2"),
        configMap("store-a: https://a.example.com", annotation: "# release.openshift.io/verification-config-map"),
        "release.openshift.io/verification-config-map", "",
    ])
    func passesOverOthers(text: String) {
        #expect(stores(["a.yaml": text]).stores == [])
        #expect(stores(["a.yaml": text]).notes == [])
    }

    /// What nobody has signed yet must not keep the program busy: as a key this stands for a thousand million names.
    @Test(.timeLimit(.minutes(1)), arguments: ["? *x8\n: v\n", "y: *x8\n", "? {? *x8 : v}\n: v\n"])
    func doesNotFollowAliases(use: String) {
        var text = "x0: &x0 [a,a,a,a,a,a,a,a,a,a]\n"
        for number in 1...8 {
            let items = Array(repeating: "*x\(number - 1)", count: 10).joined(separator: ",")
            text += "x\(number): &x\(number) [\(items)]\n"
        }
        let found = stores(["a.yaml": text + use + Self.configMap("store-a: https://a.example.com")])
        #expect(found.stores == [])
        #expect(found.notes == ["a.yaml was not looked at: it has anchors, which nobody needs there"])
    }

    @Test(arguments: ["&a", "x: &a", "{\"x\":&a 1}", "[&-]", "- !!map &_a {}", "\u{fffd}&a"])
    func seesAnchors(text: String) {
        #expect(YAMLAnchors.mayBe(in: Array(text.utf8)))
    }

    @Test(arguments: ["", "&", "a & b", "a && b", "https://a.example.com/?b=1&c=2", "a&b", "&& &=", "*a"])
    func seesNoAnchors(text: String) {
        #expect(!YAMLAnchors.mayBe(in: Array(text.utf8)))
    }

    @Test func saysWhatItCannotRead() {
        let good = Self.configMap("store-a: https://a.example.com")
        let found = stores([
            "a.yaml": good + "\n}{: [", "b.yaml": good + String(repeating: "#", count: 2 << 20), "c.yaml": good,
        ])
        #expect(found.stores.count == 1)
        #expect(found.notes.count == 2)
    }

    @Test func takesNoMoreThanTheLimit() {
        let data = (10..<40).map { "store-\($0): https://a.example.com/\($0)" }.joined(separator: "\n")
        let found = stores(["a.yaml": Self.configMap(data)])
        #expect(found.stores.count == 16)
        #expect(found.notes.count == 1)
    }

    /// The ConfigMap of a test of the cluster's own verifier, whose store is a folder.
    @Test func readsARealFile() throws {
        let file = URL(fileURLWithPath: "\(SignatureText.fixtures)/verification-configmap.yaml")
        let found = PayloadSignatureStores(files: ["0000_90_x.yaml": Array(try Data(contentsOf: file))])
        #expect(found.stores == [])
        #expect(found.notes.count == 1)
    }

    @Test func readsThroughAPayload() async throws {
        let payload = try HandMadePayload()
        let map = Array(Self.configMap("store-a: https://a.example.com").utf8)
        let document = try payload.image([HandMadePayload.topLayer(others: [("0000_90_x.yaml", map)])])
        let found = try await PayloadSignatureStores.read(
            document,
            of: payload.reference,
            in: payload.repository,
            from: payload.store,
            with: ReleasePayloadReader()
        )
        #expect(found.stores.map(\.description) == ["https://a.example.com"])
    }
}
