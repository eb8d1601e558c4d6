import OCIModel

/// Encodes a set manifest whose blobs' places still change, without encoding all of it each time.
///
/// The result is what the shared encoder makes of the whole ``SetManifest``, byte for byte; only the blobs, of which
/// there may be 100,000, are written here.
struct SetManifestEncoder {
    private let head: [UInt8]
    private let tail: [UInt8]
    private let mediaTypes: [MediaType: [UInt8]]

    /// Encodes all but the blobs.
    ///
    /// - Parameters:
    ///   - manifest: the manifest; its blobs are not looked at.
    ///   - blobs: the blobs that will be in it.
    /// - Throws: `EncodingError`.
    init(_ manifest: SetManifest, blobs: [Descriptor]) throws {
        var rest = manifest
        rest.blobs = []
        let frame = try DocumentCoding.compact(rest)
        let mark = Array("\"blobs\":[".utf8)
        // Only `base`, which is null or a set id, sorts before `blobs`; so the first mark is the right one.
        guard let start = (0..<max(1, frame.count - mark.count)).first(where: { frame[$0...].starts(with: mark) })
        else {
            throw MediaSetError(
                .invalidContent,
                subject: SetManifest.path,
                message: "the set manifest cannot be encoded"
            )
        }
        head = Array(frame[..<(start + mark.count)])
        tail = Array(frame[(start + mark.count)...])
        var mediaTypes: [MediaType: [UInt8]] = [:]
        for blob in blobs where mediaTypes[blob.mediaType] == nil {
            mediaTypes[blob.mediaType] = try DocumentCoding.compact(blob.mediaType)
        }
        self.mediaTypes = mediaTypes
    }

    /// The number of bytes that ``encode(_:)`` makes, with a comma counted after each element.
    ///
    /// `extents` calls its second argument with each extent of the blob at an index.
    func maximumSize(_ blobs: [Descriptor], extents: (Int, (SetExtent) -> Void) -> Void) -> Int64 {
        var total = head.count + tail.count
        for (index, blob) in blobs.enumerated() {
            // {"digest":"","extents":[],"mediaType":,"size":},
            total += 48 + blob.digest.algorithm.rawValue.utf8.count + 1 + blob.digest.hex.utf8.count
            total += (mediaTypes[blob.mediaType]?.count ?? 0) + Self.digits(blob.size)
            extents(index) { extent in
                // {"length":,"offset":,"volume":},
                total +=
                    32 + Self.digits(extent.length) + Self.digits(extent.offset) + Self.digits(Int64(extent.volume))
            }
        }
        return Int64(total)
    }

    /// The bytes of the manifest.
    func encode(_ blobs: [SetBlob]) -> [UInt8] {
        var bytes = head
        bytes.reserveCapacity(head.count + tail.count + 240 * blobs.count)
        for (index, blob) in blobs.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: "{\"digest\":\"".utf8)
            bytes.append(contentsOf: blob.descriptor.digest.algorithm.rawValue.utf8)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: blob.descriptor.digest.hex.utf8)
            bytes.append(contentsOf: "\",\"extents\":[".utf8)
            for (place, extent) in blob.extents.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: "{\"length\":".utf8)
                bytes.append(contentsOf: String(extent.length).utf8)
                bytes.append(contentsOf: ",\"offset\":".utf8)
                bytes.append(contentsOf: String(extent.offset).utf8)
                bytes.append(contentsOf: ",\"volume\":".utf8)
                bytes.append(contentsOf: String(extent.volume).utf8)
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(contentsOf: "],\"mediaType\":".utf8)
            bytes.append(contentsOf: mediaTypes[blob.descriptor.mediaType] ?? [])
            bytes.append(contentsOf: ",\"size\":".utf8)
            bytes.append(contentsOf: String(blob.descriptor.size).utf8)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(contentsOf: tail)
        return bytes
    }

    private static func digits(_ number: Int64) -> Int {
        var count = 1
        var rest = number / 10
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }
}
