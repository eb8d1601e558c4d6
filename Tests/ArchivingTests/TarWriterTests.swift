import Testing

@testable import Archiving

@Suite struct TarWriterTests {
    private func code(_ body: () throws -> Void) -> ArchivingError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ArchivingError)?.code
        }
    }

    /// Nothing of the machine, the user or the day is in the bytes.
    @Test func writesTheSameBytesEverywhere() throws {
        let bytes = try TarWriter.archive { tar in
            try tar.addDirectory("d", mode: 0o777)
            try tar.addFile("d/f", mode: 0o444, content: [0x68, 0x69])
        }
        #expect(bytes.count == 512 + 512 + 512 + 1024)
        let field = { (offset: Int, length: Int) in
            String(decoding: bytes[offset..<offset + length].prefix { $0 != 0 }, as: UTF8.self)
        }
        #expect(field(0, 100) == "d/")
        #expect(field(512, 100) == "d/f")
        #expect(field(512 + 100, 8).hasPrefix("000444"))
        #expect(field(512 + 136, 12).allSatisfy { $0 == "0" || $0 == " " })
        #expect(field(512 + 265, 64).isEmpty)
        #expect(try checksum(of: bytes) == 0)
        let compressed = try TarWriter.archive(compression: .gzip(level: 6)) { try $0.addFile("f", content: [1]) }
        #expect(Array(compressed[4..<8]) == [0, 0, 0, 0])
    }

    private func checksum(of bytes: [UInt8]) throws -> Int {
        let header = bytes[512..<1024]
        let stated = Int(String(decoding: header[(512 + 148)..<(512 + 154)], as: UTF8.self), radix: 8) ?? -1
        let sum = header.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 32 : Int($1.element)) }
        return sum - stated
    }

    @Test(arguments: ["", "/a", "a/../b", "a/./b", "a//b", "a/", "na\u{EF}ve", "new\nline"])
    func refusesPathsThatAreNotPlain(path: String) throws {
        #expect(code { _ = try TarWriter.archive { try $0.addFile(path, content: []) } } == .invalidPath)
    }

    @Test func holdsTheAnnouncedSize() throws {
        #expect(
            code {
                _ = try TarWriter.archive { tar in
                    try tar.beginFile("a", size: 2)
                    try [UInt8](repeating: 0, count: 3).withUnsafeBytes { try tar.write($0) }
                }
            } == .wrongSize
        )
        #expect(code { _ = try TarWriter.archive { try $0.beginFile("a", size: 2) } } == .wrongSize)
        #expect(
            code {
                _ = try TarWriter.archive { tar in
                    try tar.beginFile("a", size: 2)
                    try tar.addDirectory("b")
                }
            } == .wrongSize
        )
        #expect(code { _ = try TarWriter.archive { try $0.beginFile("a", size: -1) } } == .wrongSize)
    }

    @Test func givesTheErrorOfItsSink() throws {
        struct Full: Error {}
        #expect(throws: Full.self) {
            let writer = try TarWriter { _ in throw Full() }
            try writer.addFile("a", content: [1])
            try writer.finish()
        }
    }

    @Test func writesLongPaths() throws {
        let path = (0..<40).map { "component\($0)" }.joined(separator: "/")
        let bytes = try TarWriter.archive { try $0.addFile(path, content: [1]) }
        let reader = try TarReader(ByteInput(bytes))
        #expect(try reader.next()?.path == path)
    }
}
