/// What the subpackets of a signature say (RFC 9580, section 5.2.3.7).
struct Subpackets: Sendable {
    /// When the signature was made; hashed only.
    private(set) var created: Int64?
    /// For how many seconds the signature stands; nil for ever; hashed only.
    private(set) var lifetime: Int64?
    /// For how many seconds after its making the key stands; nil for ever; hashed only.
    private(set) var keyLifetime: Int64?
    /// The first byte of the key flags; hashed only.
    private(set) var flags: UInt8?
    /// The ids of the key that signed; they are hints, and all must fit.
    private(set) var issuers: [KeyID] = []
    /// Its fingerprints with their versions before them.
    private(set) var fingerprints: [[UInt8]] = []
    /// Signatures inside.
    private(set) var embedded: [ArraySlice<UInt8>] = []
    /// The kind of a critical subpacket that is not understood here.
    private(set) var unknownCritical: UInt8?

    /// What needs no action, or is acted upon, when it is marked critical.
    private static let known: Set<UInt8> = [2, 3, 4, 7, 9, 11, 12, 16, 21, 22, 23, 25, 26, 27, 28, 30, 32, 33]

    /// Reads both areas.
    ///
    /// - Throws: `.malformed` for lengths that do not fit, and for what is said twice.
    init(hashed: ArraySlice<UInt8>, unhashed: ArraySlice<UInt8>) throws(OpenPGPError) {
        try read(hashed, isHashed: true)
        try read(unhashed, isHashed: false)
    }

    private mutating func read(_ area: ArraySlice<UInt8>, isHashed: Bool) throws(OpenPGPError) {
        var cursor = ByteCursor(area, "the list of subpackets of a signature")
        while !cursor.isAtEnd {
            let first = try cursor.octet()
            let length =
                switch first {
                case 0..<192: Int(first)
                case 192..<255: (Int(first) - 192) << 8 + Int(try cursor.octet()) + 192
                default: try cursor.uint32()
                }
            var body = ByteCursor(try cursor.take(length), "a subpacket of a signature")
            let mark = try body.octet()
            let kind = mark & 0x7f
            if mark & 0x80 != 0, !Self.known.contains(kind) { unknownCritical = kind }
            if isHashed {
                try readHashed(kind, &body)
            }
            try readHint(kind, &body)
        }
    }

    private mutating func readHashed(_ kind: UInt8, _ body: inout ByteCursor) throws(OpenPGPError) {
        switch kind {
        case 2: try Self.set(&created, Int64(try body.uint32()), body)
        case 3: try Self.set(&lifetime, Int64(try body.uint32()), body)
        case 9: try Self.set(&keyLifetime, Int64(try body.uint32()), body)
        case 27:
            let bytes = body.takeRest()
            try Self.set(&flags, bytes.first ?? 0, body)
        default: break
        }
    }

    private mutating func readHint(_ kind: UInt8, _ body: inout ByteCursor) throws(OpenPGPError) {
        switch kind {
        case 16:
            issuers.append(KeyID(try body.take(8)))
            try body.expectEnd()
        case 32: embedded.append(body.takeRest())
        case 33: fingerprints.append(Array(body.takeRest()))
        default: break
        }
    }

    private static func set<Value>(
        _ field: inout Value?,
        _ value: Value,
        _ body: ByteCursor
    ) throws(OpenPGPError) {
        try body.expectEnd()
        guard field == nil else { throw OpenPGPError(.malformed, "a signature says something twice") }
        field = value
    }
}
