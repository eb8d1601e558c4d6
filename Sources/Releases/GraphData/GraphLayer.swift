import Archiving
package import OCIModel
import OpenSSLCrypto

/// The layer that holds graph data, in a file.
///
/// It is the same on every machine for the same graph data: sorted entries, no times and owners, fixed modes, and gzip
/// around uncompressed bytes, because another zlib would make other bytes of the same content. That costs a few MiB.
package struct GraphLayer: Sendable {
    /// The folder that the layer fills, without the leading `/`.
    static let folder = "var/lib/cincinnati-graph-data"

    /// The layer as manifests name it.
    package let descriptor: Descriptor
    /// The digest of the tar archive inside, as configs name it.
    package let diffID: Digest
    /// The bytes; the file has a name.
    package let file: ScratchFile

    /// Writes the layer; blocks.
    ///
    /// - Parameters:
    ///   - archive: the graph data.
    ///   - folder: where the file is made.
    /// - Throws: `ReleasesError.graphDataStorage`; `ArchivingError`, `OpenSSLError`.
    package init(_ archive: GraphDataArchive, in folder: String) throws {
        let sink = try Sink(file: ScratchFile(in: folder, isNamed: true))
        let gzip = StoredGzipEncoder { try sink.write($0) }
        let writer = try TarWriter { bytes in
            try sink.hash(bytes)
            try gzip.append(bytes)
        }
        try writer.addDirectory(Self.folder)
        for path in (Array(archive.folders) + archive.files.keys).sorted(by: {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }) {
            guard let file = archive.files[path] else {
                try writer.addDirectory("\(Self.folder)/\(path)")
                continue
            }
            try writer.beginFile("\(Self.folder)/\(path)", size: file.size)
            try archive.withContent(of: file) { try writer.write($0) }
        }
        try writer.finish()
        try gzip.finish()
        let digests = try sink.finish()
        diffID = digests.tar
        file = sink.file
        descriptor = try Descriptor(mediaType: .ociLayerGzip, digest: digests.gzip, size: sink.file.size)
    }

    /// Writes the layer and hashes it twice: as it is and without gzip.
    private final class Sink {
        let file: ScratchFile
        private var tar: ContentHasher?
        private var gzip: ContentHasher?

        init(file: ScratchFile) throws {
            self.file = file
            tar = try ContentHasher()
            gzip = try ContentHasher()
        }

        func hash(_ bytes: UnsafeRawBufferPointer) throws { try tar?.update(bytes) }

        func write(_ bytes: UnsafeRawBufferPointer) throws {
            try gzip?.update(bytes)
            try file.append(bytes)
        }

        func finish() throws -> (tar: Digest, gzip: Digest) {
            guard let tar = tar.take(), let gzip = gzip.take() else {
                throw ReleasesError(.graphDataStorage, reference: "graph data", reason: "a layer is finished twice")
            }
            return (try tar.finish(), try gzip.finish())
        }
    }
}
