import Testing

@testable import RegistryServer

@Suite("Byte ranges")
struct ByteRangeTests {
    @Test(
        "of downloads",
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=5-", .part(5..<100)), ("bytes=99-99", .part(99..<100)),
            ("bytes=90-1000", .part(90..<100)), ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=9-5", .whole),
            ("bytes=0-1,5-6", .whole), ("bytes=a-b", .whole), ("lines=0-9", .whole), ("bytes=", .whole),
            ("Bytes=0-9", .part(0..<10)), ("bytes=0-99999999999999999999", .whole), ("bytes=+1-5", .whole),
        ] as [(String?, ByteRange.Request)]
    )
    func downloads(_ header: String?, _ expected: ByteRange.Request) {
        #expect(ByteRange.parse(header, size: 100) == expected)
    }

    @Test("of an empty blob")
    func empty() {
        #expect(ByteRange.parse("bytes=0-", size: 0) == .unsatisfiable)
        #expect(ByteRange.parse("bytes=-5", size: 0) == .unsatisfiable)
        #expect(ByteRange.parse(nil, size: 0) == .whole)
    }

    @Test(
        "of uploads",
        arguments: [
            ("0-9", 0..<10), ("10-10", 10..<11), ("bytes 5-7/100", 5..<8), ("bytes 5-7/*", 5..<8), ("9-5", nil),
            ("", nil), ("5", nil), ("5-", nil), ("-5", nil), ("a-b", nil), ("0-9223372036854775807", nil),
        ] as [(String, Range<Int64>?)]
    )
    func uploads(_ header: String, _ expected: Range<Int64>?) {
        #expect(ByteRange.parseUpload(header) == expected)
    }
}
