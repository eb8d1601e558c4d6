import Archiving
import FerryTestSupport
import Foundation
import HTTPTestSupport
import Synchronization
import Testing

@testable import Releases

@Suite("Graph data: fetching and checking")
struct GraphDataArchiveTests {
    @Test("reads files and folders, whatever stands before their names, and leaves out a folder around all")
    func paths() async throws {
        try await withTemporaryFolder { folder in
            let plain = try await GraphDataFixture.open(GraphDataFixture.archive(), in: folder)
            #expect(plain.folders == ["channels", "blocked-edges"])
            #expect(Set(plain.files.keys) == ["version", "channels/stable-4.18.yaml", "blocked-edges/4.18.1-bad.yaml"])
            let wrapped = try TarWriter.archive(compression: .gzip(level: 6)) { writer in
                try writer.addDirectory("data-master")
                try writer.addFile("data-master/version", content: [0x31])
                try writer.addFile("data-master/channels/a.yaml", content: [0x32])
            }
            let archive = try await GraphDataFixture.open(wrapped, in: folder)
            #expect(archive.folders == ["channels"])
            #expect(Set(archive.files.keys) == ["version", "channels/a.yaml"])
            // Nothing is left behind but the input.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["input.tar.gz"])
        }
    }

    struct Hostile: Sendable, CustomTestStringConvertible {
        let name: String
        var code = ReleasesError.Code.invalidGraphData
        let says: String
        let bytes: @Sendable () throws -> [UInt8]
        var testDescription: String { name }
    }

    static let hostile: [Hostile] = [
        Hostile(name: "nothing", says: "nothing came") { [] },
        Hostile(name: "HTML", says: "<!DOCTYPE html>") { Array("\n<!DOCTYPE html>\n<html>login</html>".utf8) },
        Hostile(name: "other bytes", says: "4 other bytes came") { [0, 1, 2, 3] },
        Hostile(name: "plain tar", says: "no tar archive with gzip") {
            try GraphDataFixture.archive(compression: .none)
        },
        Hostile(name: "truncated", says: "archive") { Array(try GraphDataFixture.archive().dropLast(900)) },
        Hostile(name: "truncated deflate", says: "archive") {
            Array(try GraphDataFixture.archive(compression: .gzip(level: 9)).dropLast(60))
        },
        Hostile(name: "gzip of no tar", says: "archive") {
            var bytes: [UInt8] = []
            let gzip = StoredGzipEncoder { bytes += $0 }
            try Array(repeating: UInt8(ascii: "x"), count: 2000).withUnsafeBytes { try gzip.append($0) }
            try gzip.finish()
            return bytes
        },
        Hostile(name: "symbolic link", says: "is a link") {
            try GraphDataFixture.archive { try $0.addLink("channels/x", to: "../../etc/passwd") }
        },
        Hostile(name: "hard link", says: "is a link") {
            try GraphDataFixture.archive { try $0.addLink("channels/x", to: "version", isHard: true) }
        },
        Hostile(name: "link among the data of a repository", says: "is a link") {
            try GraphDataFixture.archive { try $0.addLink("top/blocked-edges/x.yaml", to: "y.yaml") }
        },
        Hostile(name: "traversal", says: "..") {
            try Self.replacing("channels/zz-replaced", by: "channels/../../zzzzz")
        },
        Hostile(name: "file and folder", says: "is a file and a folder") {
            try GraphDataFixture.archive { try $0.addFile("version/x", content: []) }
        },
        Hostile(name: "no channels", says: "no graph data") {
            try TarWriter.archive(compression: .storedGzip) { try $0.addFile("version", content: [0x31]) }
        },
        Hostile(name: "empty archive", says: "no entries") { try TarWriter.archive(compression: .storedGzip) { _ in } },
    ]

    /// An archive in which a name is another one of the same length, with the header's checksum mended.
    private static func replacing(_ name: String, by other: String) throws -> [UInt8] {
        precondition(name.utf8.count == other.utf8.count)
        var tar = try GraphDataFixture.archive(compression: .none) { try $0.addFile(name, content: []) }
        let start = try #require(tar.firstRange(of: Array(name.utf8))).lowerBound
        let header = start..<start + 512
        tar.replaceSubrange(start..<start + name.utf8.count, with: Array(other.utf8))
        tar.replaceSubrange(start + 148..<start + 156, with: Array(repeating: 0x20, count: 8))
        let sum = tar[header].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
        tar.replaceSubrange(start + 148..<start + 156, with: Array(text.utf8))
        var bytes: [UInt8] = []
        let gzip = StoredGzipEncoder { bytes += $0 }
        try tar.withUnsafeBytes { try gzip.append($0) }
        try gzip.finish()
        return bytes
    }

    @Test("refuses what is no archive of graph data and says what came", arguments: hostile)
    func refuses(_ hostile: Hostile) async throws {
        try await withTemporaryFolder { folder in
            let error = await #expect(throws: ReleasesError.self) {
                try await GraphDataFixture.open(hostile.bytes(), in: folder)
            }
            #expect(error?.code == hostile.code, "\(String(describing: error))")
            #expect(error?.description.contains(hostile.says) == true, "\(String(describing: error))")
        }
    }

    @Test(
        "links beside the data are left out: whole repositories have some for people",
        arguments: ["", "repository/"]
    )
    func otherLinks(_ top: String) async throws {
        try await withTemporaryFolder { folder in
            let bytes = try TarWriter.archive(compression: .storedGzip) {
                try $0.addFile("\(top)version", content: Array("1.2.0\n".utf8))
                try $0.addFile("\(top)channels/stable-4.18.yaml", content: Array("name: stable-4.18\n".utf8))
                try $0.addFile("\(top)AGENTS.md", content: [0x31])
                try $0.addLink("\(top)CLAUDE.md", to: "AGENTS.md")
                try $0.addLink("\(top)passwd", to: "../../../../etc/passwd")
            }
            let archive = try await GraphDataFixture.open(bytes, in: folder)
            #expect(archive.files.keys.sorted() == ["AGENTS.md", "channels/stable-4.18.yaml", "version"])
        }
    }

    @Test("keeps to its limits: packed, unpacked, entries")
    func limits() async throws {
        try await withTemporaryFolder { folder in
            let bomb = try GraphDataFixture.archive(compression: .gzip(level: 9)) {
                try $0.addFile("big", content: [UInt8](repeating: 0, count: 8 << 20))
            }
            var tight = [GraphDataLimits(), GraphDataLimits(), GraphDataLimits()]
            tight[0].packedBytes = 100
            tight[1].unpackedBytes = 1 << 20
            tight[2].entries = 3
            for limits in tight {
                let error = await #expect(throws: ReleasesError.self) {
                    try await GraphDataFixture.open(bomb, in: folder, limits: limits)
                }
                #expect(error?.code == .graphDataTooLarge, "\(String(describing: error))")
            }
        }
    }

    @Test("is fetched over HTTP: faults are tried again, other statuses and foreign bodies told")
    func overHTTP() async throws {
        let archive = try GraphDataFixture.archive()
        let tries = Mutex(0)
        try await withTemporaryFolder { folder in
            try await ScriptedServer.withServer({ request in
                switch request.path {
                case "/moved": ScriptedAnswer(302, [("Location", "/flaky")])
                case "/flaky":
                    switch tries.withLock({ count in
                        count += 1
                        return count
                    }) {
                    case 1: ScriptedAnswer(503)
                    case 2: ScriptedAnswer(200, body: archive, ending: .cut(after: 1000))
                    default: ScriptedAnswer(200, body: archive)
                    }
                case "/html": ScriptedAnswer(200, [("Content-Type", "text/html")], text: "<html>please log in</html>")
                case "/down": ScriptedAnswer(500, text: "down")
                default: ScriptedAnswer(404, text: "no such thing")
                }
            }) { server in
                let base = "http://\(server.authority)"
                let fetched = try await GraphDataFixture.fetch(GraphDataSource("\(base)/moved?key=secret"), in: folder)
                #expect(fetched.files.count == 3)
                #expect(tries.withLock { $0 } == 3)
                for (path, code, says) in [
                    ("/html", ReleasesError.Code.invalidGraphData, "text/html came: <html>please log in"),
                    (
                        "/gone?key=secret", .graphDataUnavailable,
                        "status 404: no such thing; --graph-data names another"
                    ),
                    ("/down", .graphDataUnavailable, "tried 3 times"),
                ] {
                    let error = await #expect(throws: ReleasesError.self) {
                        try await GraphDataFixture.fetch(GraphDataSource(base + path), in: folder)
                    }
                    #expect(error?.code == code, "\(String(describing: error))")
                    #expect(error?.description.contains(says) == true, "\(String(describing: error))")
                    #expect(error?.description.contains("secret") == false)
                }
            }
            for path in ["\(folder)/none", folder, "/dev/zero"] {
                let error = await #expect(throws: ReleasesError.self) {
                    try await GraphDataFixture.fetch(.file(path), in: folder)
                }
                #expect(error?.code == .graphDataUnavailable)
            }
        }
    }

    @Test(
        "sources are addresses and files; beside a graph lies its data",
        arguments: [
            (
                "https://api.openshift.com/api/upgrades_info/v1/graph",
                "https://api.openshift.com/api/upgrades_info/graph-data"
            ),
            ("https://osus.example/graph?x=1", "https://osus.example/graph-data"),
            ("http://osus:8080/a/v1/graph/", "http://osus:8080/a/graph-data"),
        ]
    )
    func sources(_ graph: String, _ expected: String) throws {
        #expect(try GraphDataSource(besideGraphAt: graph) == GraphDataSource(expected))
    }

    @Test(
        "refuses sources that are none, without their secrets",
        arguments: ["", "ftp://x/y", "file://", "https://", "https://user:secret@host/x", "/path"]
    )
    func badSources(_ text: String) {
        let error = #expect(throws: ReleasesError.self) { try GraphDataSource(text) }
        #expect(error?.code == .invalidGraphDataSource)
        #expect(error?.description.contains("secret") == false)
        #expect(throws: ReleasesError.self) { try GraphDataSource(besideGraphAt: text) }
        #expect(throws: ReleasesError.self) { try GraphDataSource(besideGraphAt: "https://host/other") }
    }
}
