import Foundation

/// Makes tar archives that no decent writer makes.
enum RawTar {
    /// An archive of old-style entries.
    static func archive(_ entries: [(name: String, type: Character, content: [UInt8])]) throws -> [UInt8] {
        try archive(entries.map { (Array($0.name.utf8), $0.type, $0.content) })
    }

    /// An archive of old-style entries whose names are any bytes.
    static func archive(_ entries: [(name: [UInt8], type: Character, content: [UInt8])]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: some Collection<UInt8>, at offset: Int) {
                for (index, byte) in text.enumerated() { header[offset + index] = byte }
            }
            put(entry.name.prefix(100), at: 0)
            put("0000644\0".utf8, at: 100)
            put("0000000\0".utf8, at: 108)
            put("0000000\0".utf8, at: 116)
            put(octal(entry.content.count, digits: 11).utf8, at: 124)
            put(octal(0, digits: 11).utf8, at: 136)
            put("        ".utf8, at: 148)
            put([entry.type.asciiValue ?? 0], at: 156)
            put("ustar\u{0}00".utf8, at: 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6).utf8, at: 148)
            header[154] = 0
            bytes += header + entry.content
            bytes += [UInt8](repeating: 0, count: (512 - entry.content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    private static func octal(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

/// Small archives made by other programs; `Fixtures/README.md` says how.
enum Fixture {
    static func bytes(_ name: String, file: String = #filePath) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures")
        return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }
}
