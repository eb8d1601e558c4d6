/// Takes packets from bytes one after the other (RFC 9580, section 4.2; old headers: section 4.2.2).
struct PacketReader {
    private var rest: ArraySlice<UInt8>
    private let subject: String

    /// Begins at the first byte.
    ///
    /// - Parameters:
    ///   - bytes: packets and nothing else.
    ///   - subject: what messages call the whole, such as `the message`.
    init(_ bytes: ArraySlice<UInt8>, _ subject: String) {
        self.rest = bytes
        self.subject = subject
    }

    /// Whether no byte is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// Takes the next packet; nil at the end.
    ///
    /// - Throws: `.malformed`; `.truncated` when the packet does not end before the bytes do.
    mutating func next() throws(OpenPGPError) -> Packet? {
        guard let first = rest.first else { return nil }
        guard first & 0x80 != 0 else {
            throw OpenPGPError(.malformed, "\(subject) has bytes where a packet must begin")
        }
        var cursor = ByteCursor(rest.dropFirst(), subject, shortage: .truncated)
        let isNew = first & 0x40 != 0
        let tag = Packet.Tag(number: isNew ? first & 0x3f : first >> 2 & 0x0f)
        guard tag.number != 0 else { throw OpenPGPError(.malformed, "\(subject) has a packet of the kind 0") }
        let body =
            isNew ? try Self.newBody(&cursor, tag, subject) : try Self.oldBody(&cursor, first & 3, tag, subject)
        rest = cursor.takeRest()
        return Packet(tag: tag, body: body)
    }

    private static func oldBody(
        _ cursor: inout ByteCursor,
        _ lengthType: UInt8,
        _ tag: Packet.Tag,
        _ subject: String
    ) throws(OpenPGPError) -> ArraySlice<UInt8> {
        switch lengthType {
        case 0: return try cursor.take(Int(try cursor.octet()))
        case 1: return try cursor.take(try cursor.uint16())
        case 2: return try cursor.take(try cursor.uint32())
        default:
            guard tag.isData else { throw openLength(tag, subject) }
            return cursor.takeRest()
        }
    }

    private static func newBody(
        _ cursor: inout ByteCursor,
        _ tag: Packet.Tag,
        _ subject: String
    ) throws(OpenPGPError) -> ArraySlice<UInt8> {
        var parts: [UInt8] = []
        var isPartial = false
        while true {
            let first = try cursor.octet()
            let length: Int
            switch first {
            case 0..<192: length = Int(first)
            case 192..<224: length = (Int(first) - 192) << 8 + Int(try cursor.octet()) + 192
            case 255: length = try cursor.uint32()
            default:
                guard tag.isData else { throw openLength(tag, subject) }
                // The standard wants 512 bytes or more in the first part; Go's library, which signed releases of
                // OpenShift, and GnuPG do not care.
                parts += try cursor.take(1 << Int(first & 0x1f))
                isPartial = true
                continue
            }
            let last = try cursor.take(length)
            return isPartial ? (parts + last)[...] : last
        }
    }

    private static func openLength(_ tag: Packet.Tag, _ subject: String) -> OpenPGPError {
        OpenPGPError(.malformed, "\(subject) has a packet (\(tag)) whose length is left open")
    }
}
