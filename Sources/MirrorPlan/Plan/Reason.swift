package import OCIModel

/// Says why an image is in a plan, in words that a user can trace to the configuration.
///
/// The text is `section: detail`; plans are summed up by section.
package struct Reason: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The reason as text.
    package let text: String

    /// Takes a reason as text.
    package init(_ text: String) {
        self.text = text
    }

    /// Joins a section of the configuration (without `: `) and what of it.
    package init(section: String, detail: String) {
        text = "\(section): \(detail)"
    }

    /// The part of the configuration, all of the text when there is no `: `.
    package var section: String {
        guard let colon = text.firstRange(of: ": ") else { return text }
        return String(text[..<colon.lowerBound])
    }

    /// An entry of `mirror.additionalImages`.
    ///
    /// - Parameters:
    ///   - index: the position in the list, from 0.
    ///   - line: the line of the configuration, from 1; nil when not known.
    /// - Returns: the reason.
    package static func additionalImage(index: Int, line: Int?) -> Reason {
        Reason(section: "additionalImages", detail: "[\(index)]" + (line.map { " (line \($0))" } ?? ""))
    }

    /// Something attached to another image.
    package static func attached(_ attachment: AttachmentType, to digest: Digest) -> Reason {
        Reason(section: "attachments", detail: "\(attachment.rawValue) of \(digest)")
    }

    package var description: String { text }

    /// Orders by text.
    package static func < (left: Reason, right: Reason) -> Bool { left.text < right.text }
}

extension Reason: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// How something is attached to an image.
package enum AttachmentType: String, Sendable, Codable, CaseIterable {
    /// A cosign signature, tag `sha256-<hex>.sig`.
    case signature
    /// A cosign attestation, tag `sha256-<hex>.att`.
    case attestation
    /// A cosign bill of materials, tag `sha256-<hex>.sbom`.
    case sbom
    /// A manifest whose `subject` is the image.
    case referrer

    /// The ending of the cosign tag; nil for referrers, which have none.
    package var tagSuffix: String? {
        switch self {
        case .signature: ".sig"
        case .attestation: ".att"
        case .sbom: ".sbom"
        case .referrer: nil
        }
    }
}
