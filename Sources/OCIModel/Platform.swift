/// An operating system, processor architecture and variant that an image is made for.
///
/// https://github.com/opencontainers/image-spec/blob/main/image-index.md (`platform`).
package struct Platform: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The operating system, `linux` or such.
    package let os: String
    /// The architecture in Go's spelling, `amd64`, `arm64`, `ppc64le`, `s390x` or such.
    package let architecture: String
    /// The variant of the architecture, `v8` or such.
    package let variant: String?

    /// Makes a platform of its parts; an empty variant counts as none.
    ///
    /// - Throws: `OCIModelError.invalidPlatform` when system or architecture is empty, or a part has a character other
    ///   than ASCII letters, digits, `.`, `_` and `-`.
    package init(os: String, architecture: String, variant: String? = nil) throws(OCIModelError) {
        guard !os.isEmpty, !architecture.isEmpty else {
            throw OCIModelError(
                .invalidPlatform,
                subject: "\(os)/\(architecture)",
                reason: os.isEmpty ? "has no operating system" : "has no architecture"
            )
        }
        for part in [os, architecture, variant ?? ""] {
            guard part.utf8.allSatisfy(Self.isPartCharacter) else {
                throw OCIModelError(.invalidPlatform, subject: part, reason: "is not a part of a platform's name")
            }
        }
        self.os = os
        self.architecture = architecture
        self.variant = variant?.isEmpty == true ? nil : variant
    }

    /// Parses `os/architecture[/variant]`.
    ///
    /// - Throws: `OCIModelError.invalidPlatform`.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.last?.isEmpty == false else {
            throw OCIModelError(
                .invalidPlatform,
                subject: text,
                reason: "is not os/architecture or os/architecture/variant"
            )
        }
        try self.init(
            os: String(parts[0]),
            architecture: String(parts[1]),
            variant: parts.count == 3 ? String(parts[2]) : nil
        )
    }

    /// Whether a filter entry selects this platform: same system and architecture, the variant does not count.
    package func isSelected(by filter: Platform) -> Bool {
        os == filter.os && architecture == filter.architecture
    }

    /// `os/architecture[/variant]`.
    package var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }

    /// Orders by text.
    package static func < (left: Platform, right: Platform) -> Bool { left.description < right.description }

    private static func isPartCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Platform: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError.invalidPlatform` when it is no platform.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
