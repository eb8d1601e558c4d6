import Testing

@testable import FerryCommands

@Suite("The three ways, from the arguments")
struct MirrorModeTests {
    @Test(
        arguments: [
            ("file:///disk", [], nil, "mirrorToDisk"),
            ("file://disk", [], nil, "mirrorToDisk"),
            ("docker://mirror.lab/ocp", ["file:///disk"], nil, "diskToMirror"),
            ("docker://mirror.lab/ocp", ["file:///a", "file:///b"], "file:///w", "diskToMirror"),
            ("docker://mirror.lab:5000", [], "file:///w", "mirrorToMirror"),
        ] as [(String, [String], String?, String)]
    )
    func ways(destination: String, from: [String], workspace: String?, name: String) throws {
        let mode = try MirrorMode(destinations: [destination], from: from, workspace: workspace, maxNestedPaths: nil)
        #expect(mode.name == name)
    }

    @Test(
        arguments: [
            ("mirror.lab/ocp", [], nil, "must start with file://"),
            ("file://", [], nil, "names no folder"),
            ("file:///disk", ["file:///other"], nil, "--from is not needed"),
            ("file:///disk", [], "file:///w", "--workspace is not needed"),
            ("docker://mirror.lab", [], nil, "is needed"),
            ("docker://mirror.lab", ["/disk"], nil, "file:// prefix"),
            ("docker://mirror.lab", [], "/w", "file:// prefix"),
        ] as [(String, [String], String?, String)]
    )
    func mistakes(destination: String, from: [String], workspace: String?, part: String) {
        let error = #expect(throws: FerryError.self) {
            try MirrorMode(destinations: [destination], from: from, workspace: workspace, maxNestedPaths: nil)
        }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.exitCode == 1)
    }
}
