internal import CBzip2

/// Unpacks the body of a packet that is compressed with bzip2.
enum Bunzipper {
    /// Unpacks all of a stream, which must end where the bytes end.
    ///
    /// - Parameters:
    ///   - bytes: the packed bytes.
    ///   - limit: how large the result may be.
    /// - Returns: the unpacked bytes.
    /// - Throws: `.malformed`, `.truncated`, `.tooLarge`; `.trailingGarbage` when bytes follow the stream.
    static func unpack(_ bytes: ArraySlice<UInt8>, limit: Int) throws(OpenPGPError) -> [UInt8] {
        // libbz2 keeps the address, so it must stay the same.
        let stream = UnsafeMutablePointer<bz_stream>.allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        defer { stream.deallocate() }
        let begun = BZ2_bzDecompressInit(stream, 0, 0)
        guard begun == BZ_OK else { throw OpenPGPError(.unsupported, "libbz2 has failed with code \(begun)") }
        defer { BZ2_bzDecompressEnd(stream) }
        var input = bytes.map { CChar(bitPattern: $0) }
        var output: [UInt8] = []
        var window = [CChar](repeating: 0, count: 32 << 10)
        var unread = input.count
        var status = BZ_OK
        while status == BZ_OK {
            var made = 0
            input.withUnsafeMutableBufferPointer { source in
                window.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_in = source.baseAddress.map { $0 + (source.count - unread) }
                    stream.pointee.avail_in = UInt32(clamping: unread)
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: target.count)
                    status = BZ2_bzDecompress(stream)
                    unread = Int(stream.pointee.avail_in)
                    made = target.count - Int(stream.pointee.avail_out)
                }
            }
            guard output.count + made <= limit else {
                throw OpenPGPError(.tooLarge, "the message is larger than \(limit) bytes when it is unpacked")
            }
            output += window.prefix(made).map { UInt8(bitPattern: $0) }
            // It asks for more that is not there.
            if status == BZ_OK, unread == 0, made < window.count {
                throw OpenPGPError(.truncated, "the compressed data are cut off")
            }
        }
        guard status == BZ_STREAM_END else { throw OpenPGPError(.malformed, "the compressed data are damaged") }
        guard unread == 0 else { throw OpenPGPError(.trailingGarbage, "bytes follow the compressed data") }
        return output
    }
}
