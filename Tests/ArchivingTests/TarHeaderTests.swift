import FerryTestSupport
import Foundation
import Testing

@testable import Archiving

@Suite struct TarHeaderTests {
    @Test(arguments: [
        ("ferry-set.json", Int64(0), 512),
        ("blobs/sha256/" + String(repeating: "a", count: 64), 8_589_934_591, 512),
        ("blobs/sha256/" + String(repeating: "a", count: 64), 8_589_934_592, 1536),
        ("blobs/sha256/" + String(repeating: "a", count: 64) + ".1of4", 1, 512),
        ("blobs/sha512/" + String(repeating: "b", count: 128), 7, 1536),
        ("blobs/sha512/" + String(repeating: "b", count: 128) + ".12of40", 1 << 40, 1536),
        ("ferry/" + String(repeating: "p/", count: 60) + "x", 3, 512),
    ])
    func countsAndParsesBack(path: String, size: Int64, expected: Int) throws {
        let header = try TarHeader(path: path, size: size)
        #expect(header.bytes.count == expected)
        #expect(try TarHeader.byteCount(path: path, size: size) == Int64(header.bytes.count))
        let member = try TarHeader.parse { offset, count in Array(header.bytes.dropFirst(Int(offset)).prefix(count)) }
        #expect(member == TarHeader.Member(path: path, size: size, headerSize: Int64(expected)))
    }

    @Test(arguments: [
        "", "/etc/passwd", "a/../b", "a//b", "./a", "a/", "a\nb", "größe", String(repeating: "a", count: 4097),
    ])
    func refusesPaths(path: String) {
        let error = #expect(throws: TarHeaderError.self) { try TarHeader(path: path, size: 1) }
        #expect(error?.code == .invalidPath)
    }

    @Test(arguments: [(Int64(-1), Int64(0)), (0, -1), (0, 1 << 33)])
    func refusesNumbers(size: Int64, time: Int64) {
        let error = #expect(throws: TarHeaderError.self) {
            try TarHeader(path: "a", size: size, modificationTime: time)
        }
        #expect(error?.code == .invalidNumber)
    }

    @Test(arguments: [(Int64(0), Int64(0)), (1, 511), (511, 1), (512, 0), (513, 511)])
    func pads(size: Int64, expected: Int64) {
        #expect(TarHeader.padding(after: size) == expected)
    }

    @Test func isTheSameEveryTime() throws {
        let first = try TarHeader(path: "blobs/sha256/ab", size: 12, modificationTime: 1_700_000_000).bytes
        #expect(try TarHeader(path: "blobs/sha256/ab", size: 12, modificationTime: 1_700_000_000).bytes == first)
        #expect(try TarHeader(path: "blobs/sha256/ab", size: 12).bytes != first)
        #expect(first[100..<107].elementsEqual("000444 ".utf8))
    }

    @Test func findsEveryFlippedBitOfAHeader() throws {
        let good = try TarHeader(path: "blobs/sha256/ab", size: 12).bytes
        let member = TarHeader.Member(path: "blobs/sha256/ab", size: 12, headerSize: 512)
        for bit in 0..<(512 * 8) {
            var bytes = good
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            do {
                let read = try TarHeader.parse { offset, count in Array(bytes.dropFirst(Int(offset)).prefix(count)) }
                // Blanks, zero bytes and leading zeros of the checksum field may stand for each other.
                #expect(read != member || (148..<156).contains(bit / 8), "bit \(bit) was flipped unnoticed")
            } catch is TarHeaderError {
                continue
            }
        }
    }

    @Test func endsAtZeros() throws {
        #expect(try TarHeader.parse { _, count in [UInt8](repeating: 0, count: count) } == nil)
    }

    @Test(arguments: ["bsdtar -tvf", "tar --numeric-owner -tvf", "python3 -m tarfile -v -l"])
    func otherToolsReadIt(tool: String) async throws {
        let words = tool.split(separator: " ").map(String.init)
        let program = try requireTool(words[0])
        let folder = FileManager.default.temporaryDirectory.appending(path: "tarheader-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // clean-up of a scratch folder
        let members: [(String, Int64)] = [
            ("blobs/sha256/" + String(repeating: "a", count: 64), 9 << 30),
            ("blobs/sha512/" + String(repeating: "b", count: 128) + ".2of3", 1000),
            ("ferry-sums.json", 5),
        ]
        let file = folder.appending(path: "big.tar")
        #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
        let handle = try FileHandle(forWritingTo: file)
        var offset: UInt64 = 0
        for (path, size) in members {
            try handle.seek(toOffset: offset)
            let header = try TarHeader(path: path, size: size).bytes
            try handle.write(contentsOf: header)
            offset += UInt64(header.count) + UInt64(size + TarHeader.padding(after: size))
        }
        // The contents stay holes, so that 9 GiB cost nothing.
        try handle.truncate(atOffset: offset + UInt64(TarHeader.endOfArchive.count))
        try handle.close()
        let result = try await runProcess(program, words.dropFirst() + [file.path])
        let output = result.stdout
        #expect(result.status == 0, "\(result)")
        for (path, size) in members {
            let line = output.split(separator: "\n").first { $0.contains(path) }
            #expect(line?.contains(" \(size) ") == true, "\(output)")
            #expect(line?.contains("r--r--r--") == true)
        }
    }
}
