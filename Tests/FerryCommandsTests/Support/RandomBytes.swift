import FerryTestSupport
import Foundation
import OCIModel

extension TestBlob {
    /// A blob of random bytes, made quickly: no two are the same.
    static func random(_ size: Int) throws -> TestBlob {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
        defer { handle.closeFile() }
        let data = handle.readData(ofLength: size)
        return try TestBlob([UInt8](data))
    }
}

extension TestImage {
    /// An image whose layers are random bytes of the given sizes.
    static func random(layers sizes: [Int], seed: UInt64 = 1) throws -> TestImage {
        try TestImage(layers: sizes.map { try TestBlob.random($0) }, seed: seed)
    }

    /// The bytes of all blobs.
    var size: Int64 { blobs.reduce(0) { $0 + $1.descriptor.size } }
}
