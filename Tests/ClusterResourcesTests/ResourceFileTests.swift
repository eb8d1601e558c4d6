import Foundation
import Testing

@testable import ClusterResources

@Suite("YAML of resources")
struct ResourceFileTests {
    private func yaml(_ value: ResourceValue) throws -> String {
        let object = KubernetesObject(
            apiVersion: "v1",
            kind: "Sample",
            name: "sample",
            author: ResourceAuthor(version: "1"),
            members: ["value": value]
        )
        return try String(decoding: ResourceFile(name: "s.yaml", yaml: [object]).bytes, as: UTF8.self)
    }

    @Test(
        "Text that a reader might take for something else is quoted",
        arguments: [
            ("plain", "plain"), ("mirror.lab:5000/a", "mirror.lab:5000/a"), ("1.2.3", "1.2.3"),
            ("", "\"\""), ("1", "\"1\""), ("1.10", "\"1.10\""), ("1e3", "\"1e3\""), ("0x1f", "\"0x1f\""),
            ("true", "\"true\""), ("No", "\"No\""), ("y", "\"y\""), ("null", "\"null\""), ("~", "\"~\""),
            ("2026-01-02", "\"2026-01-02\""), ("10:30", "\"10:30\""),
        ]
    )
    func quoting(text: String, expected: String) throws {
        #expect(try yaml(.string(text)).hasSuffix("\nvalue: \(expected)\n"))
    }

    @Test("Text with indicators cannot break out of its value", arguments: ["a: b", "- a", "#c", "*x", "a\nb: c", "{"])
    func indicators(text: String) throws {
        let lines = try yaml(.string(text)).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last { $0.hasPrefix("value: ") }?.dropFirst(7).first.map { "\"'".contains($0) } == true)
        #expect(!lines.contains { $0.hasPrefix("b: ") })
    }

    @Test("Objects carry labels and namespace where they have them, keys sorted, numbers as numbers")
    func wholeObject() throws {
        let object = KubernetesObject(
            apiVersion: "g/v1",
            kind: "K",
            name: "sample",
            namespace: "ns",
            labels: ["b": "", "a": "x"],
            author: ResourceAuthor(version: "2.0"),
            members: ["spec": .map(["z": .integer(2), "list": .list([.string("b"), .string("a")])])]
        )
        let text = try String(decoding: ResourceFile(name: "k.yaml", yaml: [object, object]).bytes, as: UTF8.self)
        let one = """
            ---
            apiVersion: g/v1
            kind: K
            metadata:
              annotations:
                createdBy: ferry
                ferry_version: "2.0"
              labels:
                a: x
                b: ""
              name: sample
              namespace: ns
            spec:
              list:
              - b
              - a
              z: 2

            """
        #expect(text == one + one)
    }
}
