import Archiving
import Foundation
import OCIModel
import OpenSSLCrypto
import SeededRandom
import Testing

@testable import MediaSet

@Suite struct SetLayoutTests {
    /// A set of blobs that have only digests and sizes.
    private static func content(_ sizes: [Int64], seed: UInt64 = 1, sha512: Bool = false) throws -> SetContent {
        var generator = SeededGenerator(seed: seed)
        var blobs: [Descriptor] = []
        for (index, size) in sizes.enumerated() {
            let algorithm: Digest.Algorithm = sha512 && index % 3 == 0 ? .sha512 : .sha256
            let digest = try Digest(algorithm: algorithm, hash: generator.bytes(algorithm.hexLength / 2))
            let type: MediaType = index % 5 == 0 ? .ociManifest : .ociLayerGzip
            blobs.append(try Descriptor(mediaType: type, digest: digest, size: size))
        }
        var images: [SetImage] = []
        for blob in blobs where blob.mediaType == .ociManifest {
            images.append(
                SetImage(
                    origin: "r.example/a:\(images.count)",
                    source: "r.example/a",
                    destination: try RepositoryPath("a"),
                    tags: images.count.isMultiple(of: 2) ? [try Tag("t\(images.count)")] : [],
                    manifest: blob,
                    kind: "additional",
                    reasons: ["because \"/\" é"]
                )
            )
        }
        return SetContent(
            sequence: 1,
            images: images,
            blobs: blobs,
            requires: [try Digest(algorithm: .sha256, hash: generator.bytes(32)): try SetIdentifier("0123456789ab")],
            resources: [SetContent.Resource(path: "ferry/lock.json", bytes: [1, 2, 3])],
            configDigest: try Digest(algorithm: .sha256, hash: generator.bytes(32))
        )
    }

    /// Every rule of the format that can be checked without the blobs' bytes.
    private static func check(_ layout: SetLayout, _ size: VolumeSize) throws {
        let decoded = try JSONDecoder().decode(SetManifest.self, from: Data(layout.manifestBytes))
        #expect(try DocumentCoding.compact(decoded) == layout.manifestBytes)
        #expect(try ContentHasher.digest(of: layout.manifestBytes) == layout.manifestDigest)
        var next: [Int: Int64] = [:]
        for (index, blob) in layout.blobs.enumerated() {
            let pieces = layout.pieces(of: index)
            #expect(pieces.reduce(0) { $0 + $1.length } == blob.size)
            #expect(decoded.blobs[index].descriptor == blob)
            for (part, piece) in pieces.enumerated() {
                let volume = layout.volumes[piece.volume - 1]
                // Members follow each other without gap or overlap, in the order of the content.
                #expect(piece.headerOffset == next[piece.volume] ?? volume.prefixSize)
                next[piece.volume] = piece.end
                let path = layout.path(of: index, part: part)
                #expect(
                    try TarHeader.byteCount(path: path, size: piece.length) == piece.dataOffset - piece.headerOffset
                )
                let extent = decoded.blobs[index].extents[part]
                #expect(extent.volume == piece.volume && extent.length == piece.length)
                #expect(extent.offset == piece.dataOffset - volume.prefixSize)
                if part < pieces.count - 1 { #expect(piece.length.isMultiple(of: 512)) }
                // In volumes that hold more than two of the smallest pieces, none is smaller.
                if pieces.count > 1, size.limit ?? .max > 600 << 10 { #expect(piece.length >= 64 << 10) }
                #expect(volume.blobs.contains(index))
            }
        }
        for volume in layout.volumes {
            #expect(volume.fileSize <= size.limit ?? .max)
            #expect(volume.prefixSize.isMultiple(of: 64 << 10))
            #expect(volume.sumsOffset == next[volume.name.number] ?? volume.prefixSize)
            #expect(Int64(try layout.prefix(ofVolume: volume.name.number).count) == volume.prefixSize)
            let suffix = try layout.suffix(ofVolume: volume.name.number) { index in
                let pieces = layout.pieces(of: index)
                return Array(repeating: String(repeating: "0", count: 64), count: pieces.count)
            }
            #expect(volume.sumsOffset + Int64(suffix.count) == volume.fileSize)
        }
    }

    @Test(arguments: 1...60)
    func randomContents(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let limit = Int64.random(in: (400 << 10)...(6 << 20), using: &generator)
        let sizes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
            switch Int.random(in: 0...9, using: &generator) {
            case 0: Int64(0)
            case 1...6: Int64.random(in: 1...4000, using: &generator)
            case 7...8: Int64.random(in: 1...900_000, using: &generator)
            default: Int64.random(in: 1...30_000_000, using: &generator)
            }
        }
        let content = try Self.content(sizes, seed: UInt64(seed), sha512: seed.isMultiple(of: 2))
        let size = try VolumeSize(bytes: limit)
        let layout = try SetLayout.plan(content, volumeSize: size)
        try Self.check(layout, size)
        let again = try SetLayout.plan(content, volumeSize: size)
        #expect(again.manifestBytes == layout.manifestBytes)
        #expect(again.volumes == layout.volumes)
        let whole = try SetLayout.plan(content, volumeSize: .unlimited)
        #expect(whole.volumes.count == 1)
        try Self.check(whole, .unlimited)
    }

    @Test func volumesAreFull() throws {
        let content = try Self.content([100_000_000, 50_000_000, 3, 70_000_000])
        let layout = try SetLayout.plan(content, volumeSize: VolumeSize(bytes: 10_000_000))
        #expect(layout.volumes.dropLast().allSatisfy { $0.fileSize > 10_000_000 - 2048 })
        #expect(layout.path(of: 0, part: 0).hasSuffix(".01of11"))
        #expect(layout.path(of: 2, part: 0).split(separator: ".").count == 1)
    }

    @Test func largeBlobsOnFAT32() throws {
        let content = try Self.content([9 << 30, 20 << 30, 1, 5_000_000_000])
        try Self.check(try SetLayout.plan(content, volumeSize: .fat32), .fat32)
        try Self.check(try SetLayout.plan(content, volumeSize: .standard), .standard)
    }

    @Test func refusesVolumesThatHoldNothing() throws {
        let content = try Self.content([1_000_000])
        let error = #expect(throws: MediaSetError.self) {
            try SetLayout.plan(content, volumeSize: VolumeSize(bytes: 64 << 10))
        }
        #expect(error?.code == .volumeTooSmall)
        // The size that the message names is enough.
        let named = error?.message.split(separator: " ").compactMap { Int64($0) }.max() ?? 0
        let layout = try SetLayout.plan(content, volumeSize: VolumeSize(bytes: named))
        try Self.check(layout, VolumeSize(bytes: named))
    }

    @Test func refusesVolumesSmallerThanTheManifest() throws {
        let content = try Self.content(Array(repeating: 10, count: 5000))
        let error = #expect(throws: MediaSetError.self) {
            try SetLayout.plan(content, volumeSize: VolumeSize(bytes: 512 << 10))
        }
        #expect(error?.code == .volumeTooSmall)
    }

    @Test func contentIsChecked() throws {
        let good = try Self.content([10, 20])
        var twice = good
        twice.blobs.append(good.blobs[0])
        var outside = good
        outside.resources = [SetContent.Resource(path: "other.json", bytes: [])]
        var above = good
        above.resources = [SetContent.Resource(path: "ferry/../x", bytes: [])]
        var rootless = good
        rootless.blobs.removeFirst()
        var zero = good
        zero.sequence = 0
        for content in [twice, outside, rootless, zero] {
            let error = #expect(throws: MediaSetError.self) { try SetLayout.plan(content) }
            #expect(error?.code == .invalidContent)
        }
        #expect(throws: TarHeaderError.self) { try SetLayout.plan(above) }
    }

    @Test func aHundredThousandBlobs() throws {
        let content = try Self.content(Array(repeating: 5_000_000, count: 100_000))
        let start = ContinuousClock.now
        let layout = try SetLayout.plan(content, volumeSize: .fat32)
        let elapsed = ContinuousClock.now - start
        #expect(layout.volumes.count > 100)
        // Generous: what this guards against is quadratic growth, in a debug build on a busy machine.
        #expect(elapsed < .seconds(120), "\(elapsed)")
    }

    @Test func indexNamesEveryTag() throws {
        var sample = try SampleSet([[10], [20]])
        sample.images[0].tags = [try Tag("v1"), try Tag("latest")]
        sample.images[1].tags = []
        let text = String(decoding: try LayoutDocuments.index(of: sample.images), as: UTF8.self)
        #expect(text.contains("\"org.opencontainers.image.ref.name\":\"app/image-0:v1\""))
        #expect(text.contains("\"org.opencontainers.image.ref.name\":\"app/image-0:latest\""))
        #expect(!text.contains("app/image-1"))
        #expect(text.contains(sample.images[1].manifest.digest.hex))
    }
}
