import Testing

@testable import Archiving

@Suite struct TarReaderTests {
    /// An archive with one of each.
    private func sample(_ compression: TarCompression) throws -> [UInt8] {
        try TarWriter.archive(compression: compression) { tar in
            try tar.addDirectory("etc")
            try tar.addFile("etc/a", mode: 0o444, content: Array("hello".utf8))
            try tar.addLink("etc/b", to: "etc/a", isHard: true)
            try tar.addLink("etc/c", to: "../../outside")
            try tar.addFile("etc/.wh.gone", content: [])
        }
    }

    private func entries(_ bytes: [UInt8], limits: TarLimits = TarLimits()) throws -> [TarEntry] {
        let reader = try TarReader(ByteInput(bytes), limits: limits)
        var entries: [TarEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    private func code(_ body: () throws -> Void) -> ArchivingError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ArchivingError)?.code
        }
    }

    @Test(arguments: [TarCompression.none, .storedGzip, .gzip(level: 6)])
    func readsWhatTheWriterWrote(compression: TarCompression) throws {
        let bytes = try sample(compression)
        #expect(
            try entries(bytes) == [
                TarEntry(path: "etc", kind: .directory, size: 0),
                TarEntry(path: "etc/a", kind: .file, size: 5),
                TarEntry(path: "etc/b", kind: .hardLink(target: "etc/a"), size: 0),
                TarEntry(path: "etc/c", kind: .symbolicLink(target: "../../outside"), size: 0),
                TarEntry(path: "etc/.wh.gone", kind: .file, size: 0),
            ]
        )
    }

    @Test func readsZstandard() throws {
        let bytes = try Fixture.bytes("one-file.tar.zst")
        #expect(try entries(bytes).map(\.path) == ["release-manifests/note"])
    }

    /// pax headers, GNU long names, names with letters outside ASCII, `./` in front: as other programs write them.
    @Test(arguments: ["pax.tar", "gnu.tar"])
    func readsNamesOfOtherPrograms(fixture: String) throws {
        let long = String(repeating: "d", count: 120)
        let paths = try entries(try Fixture.bytes(fixture)).map(\.path)
        #expect(paths == ["", long, long + "/file", "naïve.txt"])
    }

    @Test func readsContentInPiecesAndSkipsTheRest() throws {
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let bytes = try TarWriter.archive(compression: .storedGzip) { tar in
            try tar.addFile("big", content: content)
            try tar.addFile("next", content: [1, 2, 3])
        }
        let reader = try TarReader(ByteInput(bytes))
        _ = try reader.next()
        var piece = [UInt8](repeating: 0, count: 1000)
        let count = try piece.withUnsafeMutableBytes { try reader.read(into: $0) }
        #expect(piece[..<count] == content[..<count])
        #expect(try reader.next()?.path == "next")
        #expect(try reader.readAll(upTo: 3) == [1, 2, 3])
        #expect(try reader.next() == nil)
    }

    @Test func refusesFilesOverTheLimit() throws {
        let bytes = try TarWriter.archive { try $0.addFile("big", content: [UInt8](repeating: 1, count: 100_000)) }
        let reader = try TarReader(ByteInput(bytes))
        _ = try reader.next()
        #expect(code { _ = try reader.readAll(upTo: 99_999) } == .entryTooLarge)
        let second = try TarReader(ByteInput(bytes))
        _ = try second.next()
        #expect(try second.readAll(upTo: 100_000).count == 100_000)
    }

    @Test(arguments: ["../x", "a/../../x", "..", "/../x"])
    func passesOverNamesThatLeadOut(name: String) throws {
        let bytes = try RawTar.archive([(name, "0", [1]), ("fine", "0", [2])])
        let reader = try TarReader(ByteInput(bytes))
        #expect(try reader.next()?.path == "fine")
        #expect(reader.skippedCount == 1)
        #expect(reader.skipped.first?.name == name)
    }

    @Test func passesOverNamesOverTheLimit() throws {
        var limits = TarLimits()
        limits.pathLength = 10
        let bytes = try RawTar.archive([("far too long", "0", []), ("fine", "0", [])])
        let reader = try TarReader(ByteInput(bytes), limits: limits)
        #expect(try reader.next()?.path == "fine")
        #expect(reader.skippedCount == 1)
    }

    @Test func passesOverNamesThatAreNotUTF8() throws {
        let bytes = try RawTar.archive([([0xFE, 0xFF], "0", []), (Array("fine".utf8), "0", [])])
        let reader = try TarReader(ByteInput(bytes))
        #expect(try reader.next()?.path == "fine")
        #expect(reader.skippedCount == 1)
    }

    @Test(arguments: [("/abs/x", "abs/x"), ("./a//b/./c/", "a/b/c"), ("a/...", "a/..."), ("./", "")])
    func normalizesNames(name: String, path: String) throws {
        #expect(try TarPath.normalized(name.utf8, limit: 100) == path)
    }

    @Test func anEmptyInputHasNoEntries() throws {
        #expect(try entries([]).isEmpty)
        #expect(try entries([UInt8](repeating: 0, count: 1024)).isEmpty)
    }

    @Test func refusesGarbage() throws {
        #expect(code { _ = try entries(Array("this is no archive at all".utf8)) } == .malformed)
        #expect(code { _ = try entries([UInt8](repeating: 0x5A, count: 100_000)) } == .malformed)
        #expect(code { _ = try entries([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x77]) } == .malformed)
    }

    @Test(arguments: [TarCompression.none, .gzip(level: 6), .storedGzip])
    func refusesTruncatedArchives(compression: TarCompression) throws {
        let bytes = try TarWriter.archive(compression: compression) { tar in
            try tar.addFile("a", content: (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        }
        for keep in [bytes.count / 3, bytes.count / 2] {
            #expect(code { _ = try entries(Array(bytes[..<keep])) } == .malformed)
        }
    }

    @Test func refusesCompressionInsideCompression() throws {
        var twice: [UInt8] = []
        let encoder = StoredGzipEncoder { twice.append(contentsOf: $0) }
        try sample(.gzip(level: 9)).withUnsafeBytes { try encoder.append($0) }
        try encoder.finish()
        #expect(code { _ = try entries(twice) } == .malformed)
    }

    @Test func boundsDecompressedBytes() throws {
        let bomb = try TarWriter.archive(compression: .gzip(level: 9)) { tar in
            try tar.beginFile("zeros", size: 40 << 20)
            let zeros = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<40 { try zeros.withUnsafeBytes { try tar.write($0) } }
        }
        #expect(bomb.count < 100_000)
        var limits = TarLimits()
        limits.decompressedBytes = 10 << 20
        #expect(code { _ = try entries(bomb, limits: limits) } == .tooLarge)
        limits.decompressedBytes = 50 << 20
        #expect(try entries(bomb, limits: limits).count == 1)
    }

    /// A header that goes on for ever is cut off before it is in memory: many pax headers for one entry.
    @Test func boundsHeaders() throws {
        let record = Array("100000 comment=".utf8) + [UInt8](repeating: 0x61, count: 100_000 - 16) + [10]
        let headers = [(name: String, type: Character, content: [UInt8])](repeating: ("x", "x", record), count: 40)
        let bytes = try RawTar.archive(headers + [("file", "0", [])])
        var limits = TarLimits()
        limits.headerBytes = 1 << 20
        #expect(code { _ = try entries(bytes, limits: limits) } != nil)
        #expect([.headerTooLarge, .malformed].contains(code { _ = try entries(bytes, limits: limits) }))
    }

    @Test func boundsEntries() throws {
        let bytes = try TarWriter.archive { tar in
            for index in 0..<20 { try tar.addFile("f\(index)", content: []) }
        }
        var limits = TarLimits()
        limits.entries = 19
        #expect(code { _ = try entries(bytes, limits: limits) } == .tooManyEntries)
        limits.entries = 20
        #expect(try entries(bytes, limits: limits).count == 20)
    }

    /// The holes of a sparse file cost no input; what comes out of them is counted all the same.
    @Test func boundsSparseFiles() throws {
        let bytes = try Fixture.bytes("sparse.tar")
        #expect(bytes.count < 20_000)
        var limits = TarLimits()
        limits.decompressedBytes = 1 << 20
        let reader = try TarReader(ByteInput(bytes), limits: limits)
        #expect(try reader.next()?.size == 100 << 20)
        #expect(code { _ = try reader.readAll(upTo: 200 << 20) } == .tooLarge)
    }

    @Test func givesTheErrorOfItsInput() throws {
        struct Cut: Error {}
        let bytes = try TarWriter.archive { try $0.addFile("a", content: [UInt8](repeating: 7, count: 1 << 20)) }
        var given = 0
        let input = ByteInput { buffer in
            guard given < 500_000 else { throw Cut() }
            let count = min(buffer.count, 4096)
            buffer.copyBytes(from: bytes[given..<given + count])
            given += count
            return count
        }
        #expect(throws: Cut.self) {
            let reader = try TarReader(input)
            while try reader.next() != nil {}
        }
    }

    /// Damaged archives are refused or read in part, and never more than that.
    @Test(arguments: [TarCompression.none, .gzip(level: 6), .storedGzip])
    func survivesDamage(compression: TarCompression) throws {
        let whole = try sample(compression) + Fixture.bytes("pax.tar")
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if random(3) == 0 { bytes.removeLast(random(bytes.count)) }
            do {
                let reader = try TarReader(ByteInput(bytes))
                while try reader.next() != nil { _ = try reader.readAll(upTo: 1 << 20) }
            } catch is ArchivingError {
                refused += 1
            }
        }
        #expect(refused > 0)
    }
}
