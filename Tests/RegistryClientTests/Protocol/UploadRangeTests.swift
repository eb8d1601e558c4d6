import Testing

@testable import RegistryClient

struct UploadRangeTests {
    @Test(arguments: [
        ("0-0", 0 as Int64?), ("0-1", 2), ("0-999999", 1_000_000), ("bytes=0-9", 10), ("", nil), ("0", nil),
        ("-1", nil),
        ("1-5", nil), ("0--1", nil), ("0-x", nil), ("0-1-2", nil), ("0-9223372036854775807", nil), ("0-1 ", nil),
        ("0-9223372036854775808", nil),
    ])
    func `reads how far an upload is`(text: String, size: Int64?) { #expect(UploadRange.size(text) == size) }
}
