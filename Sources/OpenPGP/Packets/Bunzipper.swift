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
        return try StreamUnpacking.run(bytes, limit: limit) { source, target in
            source.withMemoryRebound(to: CChar.self) { source in
                target.withMemoryRebound(to: CChar.self) { target in
                    let (packed, room) = (UInt32(clamping: source.count), UInt32(clamping: target.count))
                    stream.pointee.next_in = source.baseAddress
                    stream.pointee.avail_in = packed
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = room
                    let status = BZ2_bzDecompress(stream)
                    return StreamUnpacking.Step(
                        taken: Int(packed - stream.pointee.avail_in),
                        given: Int(room - stream.pointee.avail_out),
                        state: status == BZ_STREAM_END ? .isOver : status == BZ_OK ? .goesOn : .isDamaged
                    )
                }
            }
        }
    }
}
