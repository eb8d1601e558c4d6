import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("failures.json is what its schema says") struct FailureSchemaTests {
    private static let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../docs/failures.schema.json").standardized.path

    private static let script = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
        print("\\n".join(error.message for error in errors))
        sys.exit(1 if errors else 0)
        """

    @Test(
        "of a run in which images failed in resolving, reading and writing; and not of another file",
        .enabled { await EventSchema.canValidate() }
    )
    func schema() async throws {
        try await withScene { scene, source, target in
            var names: [String] = []
            for number in 0..<4 {
                names.append(try await source.publish(TestImage(seed: UInt64(number)), as: "team/app\(number):v1"))
            }
            try scene.write(
                ImageSetText.make(images: names.map { [$0] }, blocked: ["team/app3"]),
                to: "isc.yaml"
            )
            let layer = try TestImage(seed: 1).layers[0].descriptor.digest
            source.faults.replace(with: [
                FaultRule(.missing, on: .path(containing: "/team/app0/manifests/")),
                FaultRule(.corrupt(byteAt: 9), on: .blob(layer)),
            ])
            target.faults.replace(with: [
                FaultRule(.status(403), on: .path(containing: "/team/app2/manifests/", method: "PUT"))
            ])
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)",
                "--max-nested-paths",
                "3",
                exits: nil
            )
            let list = try #require(try scene.failures(in: "ws"))
            #expect(Set(list.failures.map(\.step)) == ["resolve", "read", "write"])
            let path = scene.path("ws/working-dir/failures.json")
            let result = try await runPython(["-c", Self.script, Self.schema, path])
            #expect(result.status == 0, "\(result)")
            let other = scene.path("ws/working-dir/report.json")
            let wrong = try await runPython(["-c", Self.script, Self.schema, other])
            #expect(wrong.status == 1)
        }
    }
}
