import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto

/// The tiny image that doctor pushes; its bytes are its own, so that deleting them takes nothing from anybody.
struct ProbeContent: Sendable {
    /// A blob with its digest.
    struct Blob: Hashable, Sendable {
        let bytes: [UInt8]
        let digest: Digest

        init(_ bytes: [UInt8]) throws {
            self.bytes = bytes
            digest = try ContentHasher.digest(of: bytes)
        }
    }

    /// The tag that is used where a tag is needed, such as `ferry-doctor-8f3a…`.
    let tag: Tag
    /// The config of an image.
    let config: Blob
    /// A layer without files.
    let layer: Blob
    /// A blob that is sent in two parts.
    let parted: Blob

    /// Makes content that no one else has.
    ///
    /// - Parameter token: letters and digits that occur nowhere else.
    /// - Throws: `OCIModelError` for other characters; `OpenSSLError`.
    init(token: String) throws {
        tag = try Tag("ferry-doctor-\(token)")
        config = try Blob(Self.config(token))
        layer = try Blob(Self.layer(token))
        parted = try Blob(Array("ferry doctor \(token), sent in two parts\n".utf8))
    }

    /// Makes content of 64 random bits.
    ///
    /// - Throws: `OpenSSLError`.
    static func random() throws -> ProbeContent {
        try ProbeContent(token: String(UInt64.random(in: .min ... .max), radix: 16))
    }

    private static func config(_ token: String) -> [UInt8] {
        Array(
            """
            {"architecture":"amd64","config":{"Labels":{"ferry.doctor":"\(token)"}},"os":"linux",\
            "rootfs":{"diff_ids":["sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"],\
            "type":"layers"}}
            """.utf8
        )
    }

    /// An empty tar (1,024 zero bytes) in gzip, told from all others by the file name in its head
    /// (https://www.rfc-editor.org/rfc/rfc1952#section-2.3).
    private static func layer(_ token: String) -> [UInt8] {
        let head: [UInt8] = [0x1f, 0x8b, 0x08, 0x08, 0, 0, 0, 0, 0, 0xff]
        let zeros: [UInt8] = [0x62, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x8c, 0x58, 0x00, 0x08, 0x00, 0x00, 0xff, 0xff]
        let checksumAndSize: [UInt8] = [0x2e, 0xaf, 0xb5, 0xef, 0x00, 0x04, 0x00, 0x00]
        return head + Array("ferry-doctor-\(token)".utf8) + [0] + zeros + checksumAndSize
    }
}

extension ProbeContent {
    /// The image's manifest.
    ///
    /// - Parameters:
    ///   - mediaType: Docker's or the OCI's type of manifests.
    ///   - note: tells manifests of the same image apart.
    /// - Returns: the manifest.
    /// - Throws: `OpenSSLError`.
    func manifest(_ mediaType: MediaType, note: String = "") throws -> ManifestDocument {
        let isDocker = mediaType == .dockerManifest
        let config = descriptor(isDocker ? .dockerConfig : .ociConfig, config)
        let layer = descriptor(isDocker ? .dockerLayerGzip : .ociLayerGzip, layer)
        // Docker's type has no annotations; there the layer is named once more.
        let layers = isDocker && !note.isEmpty ? "\(layer),\(layer)" : layer
        let end = isDocker || note.isEmpty ? "" : #","annotations":{"ferry.doctor":"\#(note)"}"#
        return try document(#""config":\#(config),"layers":[\#(layers)]\#(end)"#, mediaType)
    }

    /// An artifact with a manifest as its subject.
    ///
    /// https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
    ///
    /// - Throws: `OpenSSLError`.
    func artifact(of subject: ManifestDocument) throws -> ManifestDocument {
        let config = descriptor(.ociConfig, config)
        let layer = descriptor(.ociLayerGzip, layer)
        let members =
            #""artifactType":"application/vnd.ferry.doctor","config":\#(config),"layers":[\#(layer)],"#
            + #""subject":\#(Self.descriptor(subject.mediaType, subject.digest, subject.size))"#
        return try document(members, .ociManifest)
    }

    /// A list.
    ///
    /// - Parameters:
    ///   - mediaType: Docker's or the OCI's type of lists.
    ///   - child: the image that is there.
    ///   - absent: whether another image is named that is nowhere.
    /// - Returns: the list.
    /// - Throws: `OpenSSLError`.
    func list(_ mediaType: MediaType, of child: ManifestDocument, absent: Bool) throws -> ManifestDocument {
        func entry(_ digest: Digest, _ architecture: String) -> String {
            String(Self.descriptor(child.mediaType, digest, child.size).dropLast())
                + #","platform":{"architecture":"\#(architecture)","os":"linux"}}"#
        }
        var entries = [entry(child.digest, "amd64")]
        if absent { entries.append(entry(try ContentHasher.digest(of: Array("absent \(tag)".utf8)), "arm64")) }
        return try document(#""manifests":[\#(entries.joined(separator: ","))]"#, mediaType)
    }

    private func document(_ members: String, _ mediaType: MediaType) throws -> ManifestDocument {
        let text = #"{"schemaVersion":2,"mediaType":"\#(mediaType)",\#(members)}"#
        return try ManifestDocument(verifying: Array(text.utf8), contentType: mediaType, expected: nil)
    }

    private func descriptor(_ mediaType: MediaType, _ blob: Blob) -> String {
        Self.descriptor(mediaType, blob.digest, Int64(blob.bytes.count))
    }

    private static func descriptor(_ mediaType: MediaType, _ digest: Digest, _ size: Int64) -> String {
        #"{"mediaType":"\#(mediaType)","digest":"\#(digest)","size":\#(size)}"#
    }
}
