/// Reads big-endian fields from bytes and never past their end.
struct ByteCursor {
    private var rest: ArraySlice<UInt8>
    /// What is read, for messages.
    private let subject: String
    /// What it means when a field is missing.
    private let shortage: OpenPGPError.Code

    /// Begins at the first byte.
    ///
    /// - Parameters:
    ///   - bytes: all there is.
    ///   - subject: what messages call it, such as `the signature packet`.
    ///   - shortage: the code for a field that is not all there.
    init(_ bytes: ArraySlice<UInt8>, _ subject: String, shortage: OpenPGPError.Code = .malformed) {
        self.rest = bytes
        self.subject = subject
        self.shortage = shortage
    }

    /// Whether nothing is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// How many bytes are left.
    var count: Int { rest.count }

    /// The next byte.
    ///
    /// - Throws: the code for shortage.
    mutating func octet() throws(OpenPGPError) -> UInt8 {
        guard let byte = rest.popFirst() else { throw tooShort }
        return byte
    }

    /// The next two bytes as a number.
    ///
    /// - Throws: the code for shortage.
    mutating func uint16() throws(OpenPGPError) -> Int {
        try take(2).reduce(0) { $0 << 8 | Int($1) }
    }

    /// The next four bytes as a number.
    ///
    /// - Throws: the code for shortage.
    mutating func uint32() throws(OpenPGPError) -> Int {
        try take(4).reduce(0) { $0 << 8 | Int($1) }
    }

    /// The next bytes, as many as asked for.
    ///
    /// - Throws: the code for shortage.
    mutating func take(_ count: Int) throws(OpenPGPError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw tooShort }
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    /// All that is left.
    mutating func takeRest() -> ArraySlice<UInt8> {
        defer { rest = rest.suffix(0) }
        return rest
    }

    /// Checks that nothing is left.
    ///
    /// - Throws: `.malformed`.
    func expectEnd() throws(OpenPGPError) {
        guard isAtEnd else { throw OpenPGPError(.malformed, "\(subject) is longer than its fields") }
    }

    private var tooShort: OpenPGPError { OpenPGPError(shortage, "\(subject) is cut off") }
}
