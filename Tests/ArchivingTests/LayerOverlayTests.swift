import Testing

@testable import Archiving

@Suite struct LayerOverlayTests {
    /// What one entry of a layer is, by a short text: a path is a file, `path/` a directory, `path@` a link.
    private func overlay(_ layers: [[String]]) throws -> LayerOverlay<Int> {
        var overlay = LayerOverlay<Int> { $0 == "dir" || $0.hasPrefix("dir/") || "dir".hasPrefix("\($0)/") }
        for (number, layer) in layers.enumerated() {
            for entry in layer {
                let path = entry.hasSuffix("/") || entry.hasSuffix("@") ? String(entry.dropLast()) : entry
                if try overlay.addRemoval(path) { continue }
                switch entry.last {
                case "/": try overlay.addDirectory(path)
                case "@": try overlay.addOther(path)
                default: try overlay.addFile(path, number)
                }
            }
            overlay.endLayer()
        }
        return overlay
    }

    /// Layers from the top one down, and from which layer each file comes in the end.
    @Test(
        arguments: [
            ([["dir/a"], ["dir/a", "dir/b"]], ["dir/a": 0, "dir/b": 1]),
            ([["dir/.wh.a"], ["dir/a", "dir/b"]], ["dir/b": 1]),
            ([["dir/.wh..wh..opq", "dir/a"], ["dir/a", "dir/b"]], ["dir/a": 0]),
            ([["dir/a", "dir/.wh..wh..opq"], ["dir/b"]], ["dir/a": 0]),
            ([["dir/a", "dir/.wh.a"], ["dir/a"]], ["dir/a": 0]),
            ([[".wh.dir"], ["dir/", "dir/a"]], [:]),
            ([[".wh.dir", "dir/", "dir/b"], ["dir/a"]], ["dir/b": 0]),
            ([[".wh..wh..opq"], ["dir/a"]], [:]),
            ([["dir@"], ["dir/a"]], [:]),
            ([["dir"], ["dir/a"]], ["dir": 0]),
            ([["dir/a@"], ["dir/a"]], [:]),
            ([["dir/a/"], ["dir/a"], ["dir/a/x"]], [:]),
            ([["dir/a/"], ["dir/a/x"]], ["dir/a/x": 1]),
            ([["dir/a/x"], ["dir/a"], ["dir/a/y"]], ["dir/a/x": 0]),
            ([["dir/a", "dir/a@"], ["dir/a"]], [:]),
            ([["dir/a@", "dir/a"]], ["dir/a": 0]),
            ([["dir/a", "dir/a/"]], [:]),
            ([["dir/a/x", "dir/a@"]], [:]),
            ([["dir/.wh..wh.plnk", "dir/.wh..wh.aufs"], ["dir/a"]], ["dir/a": 1]),
            ([["other/.wh..wh..opq", "other/.wh.a"], ["dir/a"]], ["dir/a": 1]),
            ([[], ["dir/.wh.a"], ["dir/a"], ["dir/a"]], [:]),
        ] as [([[String]], [String: Int])]
    )
    func putsLayersOnEachOther(layers: [[String]], expected: [String: Int]) throws {
        #expect(try overlay(layers).files == expected)
    }

    @Test(arguments: [
        (["dir/a"], false), (["dir/.wh.a"], false), ([".wh.dir"], false), (["dir/.wh..wh..opq"], false),
        ([".wh..wh..opq"], false), (["dir@"], false), (["dir/a@"], false), (["dir/"], true), (["dir/b"], true),
        ([], true),
    ])
    func knowsWhatIsDecided(layer: [String], isOpen: Bool) throws {
        #expect(try overlay([layer]).isOpen("dir/a") == isOpen)
    }

    @Test func boundsWhatItRemembers() throws {
        var overlay = LayerOverlay<Int>(maximumMarks: 100) { _ in true }
        #expect(throws: ArchivingError.self) {
            for index in 0...60 { try overlay.addFile("f\(index)", 0) }
        }
    }
}
