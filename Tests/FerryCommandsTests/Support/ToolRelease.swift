import Archiving
import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto

/// A release with client programs in its images, put together for a test.
struct ToolRelease {
    /// A program with areas for everything that is written into programs, of the lengths that real ones have.
    static func program(_ name: String, markers: [String] = ["IMAGE", "VERSION", "ARCHITECTURE"]) -> [UInt8] {
        var bytes = Array("\u{7f}ELF \(name)".utf8) + SyntheticImages.bytes(70_000, seed: 3)
        for marker in markers {
            bytes += Array("\0_RELEASE_\(marker)_LOCATION_\0".utf8)
            bytes += [UInt8](repeating: UInt8(ascii: "X"), count: marker == "IMAGE" ? 300 : 64) + [0]
        }
        return bytes + Array("the end of \(name)".utf8)
    }

    /// The program as it must come out.
    static func marked(_ program: [UInt8], image: String, version: String, architecture: String) -> [UInt8] {
        var bytes = program
        for (marker, value) in [("IMAGE", image), ("VERSION", version), ("ARCHITECTURE", architecture)] {
            let place = Array("\0_RELEASE_\(marker)_LOCATION_\0XX".utf8)
            guard let start = bytes.firstRange(of: place)?.lowerBound else { continue }
            bytes.replaceSubrange(start..<start + value.utf8.count + 1, with: Array(value.utf8) + [0])
        }
        return bytes
    }

    /// The files of the images, by component.
    var files: [String: [(path: String, content: [UInt8])]] = [
        "cli": [("usr/bin/oc", program("oc", markers: ["VERSION"]))],
        "cli-artifacts": [
            ("usr/share/openshift/mac_arm64/oc", program("mac oc", markers: ["VERSION"])),
            ("usr/share/openshift/windows/oc.exe", program("windows oc", markers: [])),
        ],
        "installer": [("usr/bin/openshift-install", program("installer"))],
        "installer-artifacts": [("usr/share/openshift/mac/openshift-install", program("mac installer"))],
    ]
    var version = "4.18.1"
    /// Further files below `release-manifests`.
    var manifests: [(name: String, content: [UInt8])] = [("0000_50_x.yaml", Array("a: 1\n".utf8))]
    /// Layers above that of the release.
    var upperLayers: [[UInt8]] = []
    /// The registry and path that the payload names its images by; that of the registry when nil.
    var parts: Repository?

    /// Where the payload is, and the images.
    struct Published {
        let payload: ImageReference
        let digest: Digest
        let components: [String: Digest]
    }

    /// Puts the release into a registry.
    ///
    /// - Throws: what the store and the archive writer throw.
    func publish(
        to registry: TestRegistry,
        payloads: String = "ocp/release",
        images: String = "ocp/parts"
    ) async throws -> Published {
        let synthetic = SyntheticImages(in: registry.store)
        let path = try RepositoryPath(images)
        let named = parts ?? Repository(registry: registry.name, path: path)
        var components: [String: Digest] = [:]
        for (name, files) in files.sorted(by: { $0.key < $1.key }) {
            let archives = { (compression: TarCompression) in
                [
                    try TarWriter.archive(compression: compression) { try $0.addFile("etc/\(name)", content: [1]) },
                    try TarWriter.archive(compression: compression) { tar in
                        for file in files { try tar.addFile(file.path, mode: 0o755, content: file.content) }
                    },
                ]
            }
            components[name] = try await synthetic.image(
                layers: try archives(.gzip(level: 1)),
                in: path,
                diffIDs: try archives(.none).map { try ContentHasher.digest(of: $0) }
            ).digest
        }
        let tags = components.sorted { $0.key < $1.key }.map { name, digest in
            #"{"name":"\#(name)","annotations":{"io.openshift.build.versions":"kubernetes=1.31.4","#
                + #""io.openshift.build.version-display-names":"kubernetes=The Orchestrator","#
                + #""io.openshift.build.commit.id":"\#(digest.hex.prefix(40))"},"#
                + #""from":{"kind":"DockerImage","name":"\#(named)@\#(digest)"}}"#
        }
        let references =
            #"{"kind":"ImageStream","apiVersion":"image.openshift.io/v1","metadata":{"name":"\#(version)"},"#
            + #""spec":{"tags":[\#(tags.joined(separator: ","))]}}"#
        let metadata = #"{"kind":"cincinnati-metadata-v0","version":"\#(version)","previous":["4.17.9"]}"#
        let top = try TarWriter.archive(compression: .gzip(level: 1)) { tar in
            for (name, content) in manifests { try tar.addFile("release-manifests/\(name)", content: content) }
            try tar.addFile("release-manifests/image-references", content: Array(references.utf8))
            try tar.addFile("release-manifests/release-metadata", content: Array(metadata.utf8))
        }
        let repository = try RepositoryPath(payloads)
        let tag = "\(version)-x86_64"
        let document = try await synthetic.image(layers: [top] + upperLayers, tag: tag, in: repository)
        let place = Repository(registry: registry.name, path: repository)
        return Published(
            payload: ImageReference(repository: place, tag: try Tag(tag)),
            digest: document.digest,
            components: components
        )
    }
}

/// Tar archives that nobody makes by accident.
enum EvilArchive {
    /// An archive of small files whose names are taken as they are.
    ///
    /// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar)
    static func bytes(names: [String]) -> [UInt8] {
        var archive: [UInt8] = []
        for name in names {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
            }
            put(name, at: 0)
            put("0000644\0", at: 100)
            put("00000000004\0", at: 124)
            put("00000000000\0", at: 136)
            put("        0", at: 148)
            put("ustar\u{0}00", at: 257)
            let sum = header.reduce(0) { $0 + Int($1) }
            let octal = String(sum, radix: 8)
            put(String(repeating: "0", count: 6 - octal.count) + octal + "\0 ", at: 148)
            archive += header + Array("evil".utf8) + [UInt8](repeating: 0, count: 508)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }
}
