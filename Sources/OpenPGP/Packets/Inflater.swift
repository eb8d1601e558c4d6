internal import CZlib

/// Unpacks the body of a compressed packet.
enum Inflater {
    /// Unpacks all of a stream, which must end where the bytes end.
    ///
    /// - Parameters:
    ///   - bytes: the packed bytes.
    ///   - hasHeader: whether it is in the form of zlib (RFC 1950), with a check sum; else bare (RFC 1951).
    ///   - limit: how large the result may be.
    /// - Returns: the unpacked bytes.
    /// - Throws: `.malformed`, `.truncated`, `.tooLarge`; `.trailingGarbage` when bytes follow the stream.
    static func inflate(_ bytes: ArraySlice<UInt8>, hasHeader: Bool, limit: Int) throws(OpenPGPError) -> [UInt8] {
        // zlib keeps the address, so it must stay the same.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let begun = inflateInit2_(
            stream,
            hasHeader ? MAX_WBITS : -MAX_WBITS,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard begun == Z_OK else { throw OpenPGPError(.unsupported, "zlib has failed with code \(begun)") }
        defer { inflateEnd(stream) }
        return try StreamUnpacking.run(bytes, limit: limit) { source, target in
            let (packed, room) = (UInt32(clamping: source.count), UInt32(clamping: target.count))
            stream.pointee.next_in = source.baseAddress
            stream.pointee.avail_in = packed
            stream.pointee.next_out = target.baseAddress
            stream.pointee.avail_out = room
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            return StreamUnpacking.Step(
                taken: Int(packed - stream.pointee.avail_in),
                given: Int(room - stream.pointee.avail_out),
                // It has Z_BUF_ERROR for calls that could do nothing, which is how it asks for more.
                state: status == Z_STREAM_END
                    ? .isOver : status == Z_OK || status == Z_BUF_ERROR ? .goesOn : .isDamaged
            )
        }
    }
}
