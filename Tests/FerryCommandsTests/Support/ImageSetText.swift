import FerryTestSupport
import OCIModel
import SamplePayload

/// Writes image-set configurations.
enum ImageSetText {
    /// A configuration.
    ///
    /// - Parameters:
    ///   - release: the payload of a release, if one is wanted.
    ///   - images: entries of `additionalImages`: a reference, then further lines of the entry.
    ///   - blocked: patterns of `blockedImages`.
    ///   - more: lines at the level of `mirror`'s keys.
    /// - Returns: the YAML.
    static func make(
        release: String? = nil,
        images: [[String]] = [],
        blocked: [String] = [],
        more: [String] = []
    ) -> String {
        var lines = ["kind: ImageSetConfiguration", "apiVersion: mirror.openshift.io/v2alpha1", "mirror:"]
        if let release { lines += ["  platform:", "    release: \(release)"] }
        if !images.isEmpty { lines.append("  additionalImages:") }
        for image in images {
            lines.append("  - name: \(image[0])")
            lines += image.dropFirst().map { "    \($0)" }
        }
        if !blocked.isEmpty { lines.append("  blockedImages:") }
        lines += blocked.map { "  - name: '\($0)'" }
        lines += more.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension SampleReleaseDescription {
    /// The payload as a configuration names it.
    var name: String { ImageReference(repository: payload.repository, tag: payload.tag).description }
}

extension TestRegistry {
    /// Publishes a release straight into the store, without a request.
    ///
    /// - Parameters:
    ///   - images: how many components.
    ///   - size: the bytes of the layers together.
    ///   - signatures: whether some images are signed.
    ///   - multi: whether everything is a list of two architectures.
    ///   - version: the release's version.
    ///   - seed: tells the content of releases apart.
    /// - Returns: what was published.
    /// - Throws: `SamplePayloadError`; what the store throws.
    func publishRelease(
        images: Int = 5,
        size: Int64 = 2_000_000,
        signatures: Bool = false,
        multi: Bool = false,
        version: String = "4.18.1",
        seed: UInt64 = 1
    ) async throws -> SampleReleaseDescription {
        var options = SampleReleaseOptions(registry: name)
        options.version = version
        options.seed = seed
        options.images = images
        options.totalSize = size
        options.hasSignatures = signatures
        options.isMultiArchitecture = multi
        return try await SampleRelease(options).publish(to: store)
    }

    /// Puts an image into the store and returns its reference.
    @discardableResult
    func publish(_ image: TestImage, as text: String) async throws -> String {
        let reference = try ImageReference("\(name)/\(text)")
        try await image.write(to: store, in: reference.repository.path, tag: reference.tag)
        return "\(name)/\(text)"
    }
}
