import Foundation
import Testing

@testable import ClusterResources

@Suite("The folder of resources")
struct ResourceFolderTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "ferry-resources-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }  // a left-over folder fails no test
        try body(root)
    }

    private func file(_ name: String, _ text: String) -> ResourceFile {
        ResourceFile(name: name, bytes: Array(text.utf8))
    }

    private func inode(_ url: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: url.path)[.systemFileNumber] as? Int
    }

    @Test("Only what differs is written, and nothing else is touched")
    func onlyChanges() throws {
        try withFolder { root in
            let folder = ResourceFolder(path: root.appending(path: "a/b").path)
            let first = try folder.write([file("x.yaml", "1"), file("y.yaml", "1")])
            #expect(first == [.new, .new])
            let inside = root.appending(path: "a/b")
            try Data("mine".utf8).write(to: inside.appending(path: "foreign.yaml"))
            let before = try inode(inside.appending(path: "x.yaml"))

            let second = [file("x.yaml", "1"), file("y.yaml", "22"), file("z.yaml", "")]
            #expect(try folder.compare(second) == [.unchanged, .changed, .new])
            #expect(try folder.write(second) == [.unchanged, .changed, .new])
            #expect(try folder.compare(second) == [.unchanged, .unchanged, .unchanged])
            #expect(try inode(inside.appending(path: "x.yaml")) == before)
            let names = try FileManager.default.contentsOfDirectory(atPath: inside.path).sorted()
            #expect(names == ["foreign.yaml", "x.yaml", "y.yaml", "z.yaml"])
            #expect(try Data(contentsOf: inside.appending(path: "foreign.yaml")) == Data("mine".utf8))
        }
    }

    @Test("A file that is a beginning of the other differs", arguments: [("12", "1"), ("1", "12")])
    func prefixes(held: String, new: String) throws {
        try withFolder { root in
            let folder = ResourceFolder(path: root.path)
            try folder.write([file("x", held)])
            #expect(try folder.write([file("x", new)]) == [.changed])
            #expect(try Data(contentsOf: root.appending(path: "x")) == Data(new.utf8))
        }
    }

    @Test("Files can be read by everyone, as far as the umask lets")
    func permissions() throws {
        try withFolder { root in
            try ResourceFolder(path: root.path).write([file("x", "1")])
            let attributes = try FileManager.default.attributesOfItem(atPath: root.appending(path: "x").path)
            let mode = try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
            #expect(mode & 0o600 == 0o600)
            #expect(mode & 0o111 == 0)
        }
    }

    @Test(
        "Names that lead out of the folder are refused",
        arguments: ["", ".", "..", "../x", "a/b", "/x", ".x", "a\0b"]
    )
    func names(name: String) throws {
        try withFolder { root in
            let error = #expect(throws: ClusterResourcesError.self) {
                try ResourceFolder(path: root.path).write([file(name, "1")])
            }
            #expect(error?.code == .invalidFileName)
            let names = try FileManager.default.contentsOfDirectory(atPath: root.path)
            #expect(names.isEmpty)
        }
    }

    @Test("A folder that cannot be made is named")
    func noFolder() throws {
        try withFolder { root in
            try Data().write(to: root.appending(path: "file"))
            let path = root.appending(path: "file/inside").path
            let error = #expect(throws: ClusterResourcesError.self) {
                try ResourceFolder(path: path).write([file("x", "1")])
            }
            #expect(error?.code == .fileSystem)
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test("Nothing to write makes no folder")
    func nothing() throws {
        try withFolder { root in
            let path = root.appending(path: "none").path
            try ResourceFolder(path: path).write([])
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
