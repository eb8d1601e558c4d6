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
        var input = Array(bytes)
        var output: [UInt8] = []
        var window = [UInt8](repeating: 0, count: 32 << 10)
        var unread = input.count
        var status = Z_OK
        while status == Z_OK {
            var made = 0
            input.withUnsafeMutableBufferPointer { source in
                window.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_in = source.baseAddress.map { $0 + (source.count - unread) }
                    stream.pointee.avail_in = UInt32(clamping: unread)
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: target.count)
                    status = CZlib.inflate(stream, Z_NO_FLUSH)
                    unread = Int(stream.pointee.avail_in)
                    made = target.count - Int(stream.pointee.avail_out)
                }
            }
            guard output.count + made <= limit else {
                throw OpenPGPError(.tooLarge, "the message is larger than \(limit) bytes when it is unpacked")
            }
            output += window.prefix(made)
        }
        switch status {
        case Z_STREAM_END: break
        case Z_BUF_ERROR: throw OpenPGPError(.truncated, "the compressed data are cut off")
        default: throw OpenPGPError(.malformed, "the compressed data are damaged")
        }
        guard unread == 0 else { throw OpenPGPError(.trailingGarbage, "bytes follow the compressed data") }
        return output
    }
}
