import OCIModel
import Yams

/// The boot images of a release: a ConfigMap in YAML whose `data.stream` is JSON text.
struct BootImagesDocument {
    /// The name inside `release-manifests`.
    static let fileName = "0000_50_installer_coreos-bootimages.yaml"
    /// The largest file that is parsed, in bytes; real ones have less than 100 KiB.
    static let maximumBytes = 2 << 20

    private let stream: Stream

    /// Decodes the file.
    ///
    /// - Throws: `ReleasesError.invalidBootImages`.
    init(decoding bytes: [UInt8], reference: ImageReference) throws(ReleasesError) {
        guard bytes.count <= Self.maximumBytes else {
            throw Self.mistake("it has more than \(Self.maximumBytes) bytes", reference)
        }
        guard !YAMLAnchors.mayBe(in: bytes) else { throw Self.mistake("it has anchors", reference) }
        let text: String?
        do {
            // Nodes are walked, not constructed: aliases are not expanded. libyaml limits the nesting (1000).
            let map = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))?.mapping
            guard map?["kind"]?.string == "ConfigMap" else {
                throw Self.mistake("it is not a ConfigMap", reference)
            }
            text = map?["data"]?.mapping?["stream"]?.string
        } catch let error as ReleasesError {
            throw error
        } catch {
            throw Self.mistake("it is not YAML", reference)
        }
        guard let text else { throw Self.mistake("data.stream is missing", reference) }
        do {
            stream = try JSONText.decode(Stream.self, from: Array(text.utf8))
        } catch {
            throw Self.mistake("in data.stream, \(error.reason)", reference)
        }
    }

    /// The KubeVirt image for an architecture key; nil when the stream has none.
    ///
    /// - Throws: `ReleasesError.invalidBootImages` when what stands there is not a reference with a digest.
    func kubeVirtImage(for key: String, reference: ImageReference) throws(ReleasesError) -> (ImageReference, Digest)? {
        guard let text = stream.architectures[key]?.images?.kubevirt?.digestRef, !text.isEmpty else { return nil }
        let image: ImageReference
        do {
            image = try ImageReference(text)
        } catch {
            throw Self.mistake("the kubevirt image for \(key): \(error)", reference)
        }
        guard let digest = image.digest else {
            throw Self.mistake("the kubevirt image for \(key) is \(image), which has no digest", reference)
        }
        return (image, digest)
    }

    /// The KubeVirt images for some keys, with the names that they have among a release's components.
    ///
    /// - Parameters:
    ///   - bytes: the file; nil when the payload has none.
    ///   - keys: the wanted architecture keys; with none the file is not looked at.
    ///   - reference: the payload, for messages.
    /// - Returns: the images found, and the keys without one.
    /// - Throws: `ReleasesError.kubeVirtImageNotFound` when keys are wanted and none has an image;
    ///   `.invalidBootImages`.
    static func kubeVirtImages(
        in bytes: [UInt8]?,
        keys: [String],
        reference: ImageReference
    ) throws(ReleasesError) -> (images: [ReleaseComponent], missing: [String]) {
        guard !keys.isEmpty else { return ([], []) }
        var images: [ReleaseComponent] = []
        var missing: [String] = []
        let document: BootImagesDocument?
        if let bytes {
            document = try BootImagesDocument(decoding: bytes, reference: reference)
        } else {
            document = nil
        }
        for key in keys {
            if let (image, digest) = try document?.kubeVirtImage(for: key, reference: reference) {
                let name = KubeVirtSelection.componentName(key: key, among: keys)
                images.append(ReleaseComponent(name: name, reference: image, digest: digest))
            } else {
                missing.append(key)
            }
        }
        guard !images.isEmpty else {
            throw ReleasesError(
                .kubeVirtImageNotFound,
                reference: reference,
                reason: "could not find kubevirt image in this release (looked for \(keys.joined(separator: ", ")))"
            )
        }
        return (images, missing)
    }

    private static func mistake(_ reason: String, _ reference: ImageReference) -> ReleasesError {
        ReleasesError(.invalidBootImages, reference: reference, reason: "its \(fileName) is wrong: \(reason)")
    }

    private struct Stream: Decodable {
        struct Architecture: Decodable {
            struct Images: Decodable {
                struct KubeVirt: Decodable {
                    let digestRef: String?

                    private enum CodingKeys: String, CodingKey {
                        case digestRef = "digest-ref"
                    }
                }

                let kubevirt: KubeVirt?
            }

            let images: Images?
        }

        let architectures: [String: Architecture]
    }
}
