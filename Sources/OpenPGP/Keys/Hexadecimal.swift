/// Bytes written as fingerprints are.
enum Hexadecimal {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Two upper-case digits for each byte.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
