import OCIModel

/// The paths of blobs inside a volume.
enum BlobPath {
    /// The folder of all of them.
    static let folder = "blobs/"

    /// `blobs/<algorithm>/<hex>`.
    static func whole(_ digest: Digest) -> String {
        "blobs/\(digest.algorithm.rawValue)/\(digest.hex)"
    }

    /// `blobs/<algorithm>/<hex>.<p>of<q>`, the numbers with as many digits as `count` has, so that names sort in order.
    static func piece(_ digest: Digest, number: Int, count: Int, digits: Int) -> String {
        "\(whole(digest)).\(VolumeName.padded(number, digits))of\(VolumeName.padded(count, digits))"
    }

    /// The path of a blob's part, by its extents.
    static func path(_ digest: Digest, part: Int, of count: Int, digits: Int) -> String {
        count == 1 ? whole(digest) : piece(digest, number: part + 1, count: count, digits: digits)
    }
}
