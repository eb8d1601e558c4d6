extension TarHeader {
    /// What a tar header says about a member.
    package struct Member: Hashable, Sendable {
        /// The member's path, as checked by ``TarHeader``: relative, without `.` and `..`.
        package let path: String
        /// The size of its content in bytes, not negative.
        package let size: Int64
        /// How many bytes the header takes, all its blocks together.
        package let headerSize: Int64
    }

    /// The largest pax record block that is read, in bytes.
    private static let maximumPaxSize: Int64 = 64 << 10

    /// Reads the header of a regular file: ustar, or one pax header with its ustar header.
    ///
    /// Everything in it is checked: checksum, magic, numbers, path. Other kinds (links, folders, GNU extensions) are
    /// refused: Ferry writes none.
    ///
    /// - Parameter read: gives exactly the asked number of bytes from an offset that counts from the header's start,
    ///   or fewer when there are no more.
    /// - Returns: the member, or nil when the block is all zero, as at the end of an archive.
    /// - Throws: `TarHeaderError.damaged`, `.unsupported`, `.invalidPath`; what `read` throws.
    package static func parse(reading read: (_ offset: Int64, _ count: Int) throws -> [UInt8]) throws -> Member? {
        let first = try read(0, blockSize)
        guard first.count == blockSize else { throw damaged("it ends inside a tar header") }
        if first.allSatisfy({ $0 == 0 }) { return nil }
        let block = try Block(first)
        switch block.kind {
        case UInt8(ascii: "0"), 0:
            return Member(path: try checked(block.path), size: block.size, headerSize: Int64(blockSize))
        case UInt8(ascii: "x"):
            guard (1...maximumPaxSize).contains(block.size) else {
                throw damaged("a pax header claims \(block.size) bytes")
            }
            let body = try read(Int64(blockSize), Int(block.size))
            guard body.count == Int(block.size) else { throw damaged("it ends inside a pax header") }
            let next = Int64(blockSize) + block.size + padding(after: block.size)
            let second = try read(next, blockSize)
            guard second.count == blockSize else { throw damaged("it ends after a pax header") }
            let real = try Block(second)
            guard real.kind == UInt8(ascii: "0") || real.kind == 0 else {
                throw TarHeaderError(.unsupported, subject: real.path, message: "a tar member is no regular file")
            }
            let records = try PaxRecords(body)
            return Member(
                path: try checked(records.path ?? real.path),
                size: records.size ?? real.size,
                headerSize: next + Int64(blockSize)
            )
        default:
            throw TarHeaderError(
                .unsupported,
                subject: block.path,
                message: "the tar member \"\(block.path.prefix(100))\" is no regular file"
            )
        }
    }

    private static func checked(_ path: String) throws(TarHeaderError) -> String {
        guard isPlainPath(path) else {
            throw TarHeaderError(
                .invalidPath,
                subject: path,
                message: "a tar member has the path \"\(path.prefix(100))\", which is not taken"
            )
        }
        return path
    }

    fileprivate static func damaged(_ what: String) -> TarHeaderError {
        TarHeaderError(.damaged, subject: "", message: "the tar headers are damaged: \(what)")
    }
}

/// One block of a ustar header.
private struct Block {
    let path: String
    let size: Int64
    let kind: UInt8

    init(_ bytes: [UInt8]) throws(TarHeaderError) {
        // The checksum is the sum of all bytes with its own field taken as blanks.
        var sum: Int64 = 0
        for (index, byte) in bytes.enumerated() { sum += (148..<156).contains(index) ? 0x20 : Int64(byte) }
        guard Self.number(bytes[148..<156]) == sum else { throw TarHeader.damaged("a header has a wrong checksum") }
        guard bytes[257..<262].elementsEqual("ustar".utf8) else {
            throw TarHeaderError(
                .unsupported,
                subject: "",
                message: "the file is no tar archive of the ustar or pax format"
            )
        }
        guard let size = Self.number(bytes[124..<136]) else { throw TarHeader.damaged("a header has no valid size") }
        let name = Self.text(bytes[0..<100])
        let prefix = Self.text(bytes[345..<500])
        path = prefix.isEmpty ? name : "\(prefix)/\(name)"
        self.size = size
        kind = bytes[156]
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// An octal field, or the base-256 form that large numbers have; nil when it is neither or over 2^62.
    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        guard let first = field.first else { return nil }
        var value: Int64 = 0
        if first == 0x80 {
            for byte in field.dropFirst() {
                guard value < 1 << 54 else { return nil }
                value = value << 8 | Int64(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
        guard !digits.isEmpty, field.suffix(from: digits.endIndex).allSatisfy({ $0 == 0 || $0 == 0x20 }) else {
            return nil
        }
        for digit in digits { value = value << 3 | Int64(digit - UInt8(ascii: "0")) }
        return value
    }
}

/// The records of a pax header that matter here.
private struct PaxRecords {
    private(set) var path: String?
    private(set) var size: Int64?

    /// Records are `length key=value\n`, the length counting the whole record.
    init(_ bytes: [UInt8]) throws(TarHeaderError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let blank = rest.prefix(8).firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
                length > blank - rest.startIndex + 2, length <= rest.count,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { throw TarHeader.damaged("a pax record is malformed") }
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw TarHeader.damaged("a pax record is malformed")
            }
            let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": path = value
            case "size":
                guard let number = Int64(value), (0...(1 << 62)).contains(number) else {
                    throw TarHeader.damaged("a pax record has no valid size")
                }
                size = number
            default: break
            }
        }
    }
}
