import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Mistakes in the configuration and on the command line") struct ConfigurationCommandTests {
    @Test("every mistake is told at once with its place, and nothing is asked for")
    func diagnostics() async throws {
        try await withScene { scene, source in
            let config = """
                kind: ImageSetConfiguration
                apiVersion: mirror.openshift.io/v2alpha1
                mirror:
                  additionalImages:
                  - name: \(source.name)/team/app:v1
                    targetRepo: Not/Valid
                  - nmae: \(source.name)/team/other:v1
                  blockedImages:
                  - name: '('
                """
            try scene.write(config, to: "isc.yaml")
            for arguments in [["mirror", "file://set"], ["plan", "--check"], ["plan", "--offline"]] {
                let more = arguments[1] == "--offline" ? "--check" : "--progress=none"
                let result = try await scene.ferry(arguments[0], "-c", "isc.yaml", arguments[1], more, exits: 1)
                for place in ["isc.yaml:6:17", "isc.yaml:7:5", "isc.yaml:9:11"] {
                    #expect(result.stderr.contains(place), "\(place) in \(result)")
                }
                #expect(result.stderr.contains("did you mean `name`"), "\(result)")
                #expect(result.stdout.isEmpty)
            }
            #expect(source.traffic.counts.requests == 0)
            #expect(scene.names(in: "set").isEmpty)
        }
    }

    @Test(
        "sections that are not supported yet are named with their line, and nothing is asked for",
        arguments: [
            (["operators:", "- catalog: REG/index:v4.18"], "mirror.operators (line 6)"),
            (["helm:", "  repositories:", "  - name: r", "    url: https://example.com"], "mirror.helm (line 6)"),
        ]
    )
    func unsupported(_ section: [String], place: String) async throws {
        try await withScene { scene, source in
            let lines = section.map { $0.replacingOccurrences(of: "REG", with: source.name.text) }
            try scene.write(
                ImageSetText.make(images: [["\(source.name)/team/app:v1"]], more: lines),
                to: "isc.yaml"
            )
            let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 1)
            #expect(result.stderr.contains("not supported yet: \(place)"), "\(result)")
            #expect(source.traffic.counts.requests == 0)
        }
    }

    @Test(
        "a destination, a source folder or a workspace in the wrong form",
        arguments: [
            (["mirror", "-c", "isc.yaml", "registry.example.com/x"], "must start with file://"),
            (["mirror", "--from", "set", "docker://localhost:1"], "--from is used, it must have the file:// prefix"),
            (
                ["mirror", "-c", "isc.yaml", "--workspace", "ws", "docker://localhost:1"],
                "--workspace is used, it must have"
            ),
            (["mirror", "-c", "isc.yaml", "docker://localhost:1"], "either --from file://DIR"),
            (["mirror", "-c", "isc.yaml", "--from", "file://a", "file://b"], "--from is not needed"),
            (["mirror", "-c", "isc.yaml", "--workspace", "file://a", "file://b"], "--workspace is not needed"),
            (["mirror", "--workspace", "file://a", "docker://localhost:1"], "--config FILE"),
            (["mirror", "-c", "isc.yaml", "file://"], "names no folder"),
            (
                ["mirror", "-c", "isc.yaml", "--workspace", "file://a", "docker://justaname"],
                "does not look like a registry"
            ),
            (
                ["mirror", "-c", "isc.yaml", "--workspace", "file://a", "docker://localhost:1/a:tag"],
                "may not have a tag"
            ),
            (["mirror", "--from", "file://empty", "docker://localhost:1"], "no media set is in empty"),
            (["mirror", "-c", "nowhere.yaml", "file://set"], "cannot read nowhere.yaml: No such file"),
            (["mirror", "-c", "isc.yaml", "file://set", "--v1"], "--v1"),
            (["mirror", "-c", "isc.yaml", "file://set", "--since", "1.1.2025"], "--since needs a date"),
            (["mirror", "-c", "isc.yaml", "file://set", "--secure-policy"], "--secure-policy"),
            (["mirror", "-c", "isc.yaml", "file://set", "--parallel-images", "0"], "--parallel-images"),
            (["mirror", "-c", "isc.yaml", "file://set", "--no-such-flag"], "--no-such-flag"),
            (["mirror", "-c", "isc.yaml", "file://set", "--log-level", "loud"], "is no log level"),
            (["mirror", "-c", "isc.yaml", "file://set", "--progress", "dots"], "is no form of progress"),
            (["mirror", "-c", "isc.yaml", "file://set", "--authfile", "none.json"], "none.json"),
            (["verify", "docker://localhost:1"], "--lock FILE"),
            (["verify", "set"], "file://DIR"),
            (["verify", "file://set", "--lock", "lock.json", "--deep"], "--lock, --deep: for registries only"),
            (["verify", "file://set", "--max-nested-paths", "2"], "--max-nested-paths: for registries only"),
            (
                ["verify", "docker://localhost:1", "--lock", "l", "--set", "5f2c91d4a0b1"],
                "--set: for media sets only"
            ),
            (["plan"], "--config FILE"),
            (["plan", "-c", "isc.yaml", "--output", "xml"], "must be text or json"),
            (["frobnicate"], "frobnicate"),
        ]
    )
    func commandLine(_ arguments: [String], sentence: String) async throws {
        try await withScene { scene in
            // Port 1 answers nobody; none of these gets so far as to ask.
            try scene.write(ImageSetText.make(images: [["localhost:1/team/app:v1"]]), to: "isc.yaml")
            try FileManager.default.createDirectory(atPath: scene.path("empty"), withIntermediateDirectories: true)
            let result = try await scene.ferry(arguments: arguments, exits: 1)
            #expect(result.stderr.hasPrefix("error: "), "\(result)")
            #expect(result.stderr.contains(sentence), "\(result)")
            #expect(!result.stderr.contains("USAGE"), "the help text is not shown on top of an error")
            #expect(result.stdout.isEmpty)
            let made = Set(scene.names(in: ".")).subtracting([
                "isc.yaml", "empty", "set", "working-dir", "ws", "a", "b",
            ])
            #expect(made.isEmpty, "\(made)")
        }
    }

    @Test("help and version go to stdout with 0")
    func help() async throws {
        try await withScene { scene in
            for arguments in [["--help"], ["help"], ["mirror", "--help"], ["help", "verify"]] {
                let result = try await scene.ferry(arguments: arguments)
                #expect(result.stdout.contains("USAGE: ferry"), "\(result)")
                #expect(result.stderr.isEmpty)
            }
            for arguments in [["--version"], ["version"], ["version", "--output", "json"]] {
                let result = try await scene.ferry(arguments: arguments)
                #expect(!result.stdout.isEmpty && result.stderr.isEmpty)
            }
            for shell in ["bash", "zsh", "fish"] {
                #expect(try await scene.ferry("completion", shell).stdout.contains("ferry"))
            }
        }
    }
}
