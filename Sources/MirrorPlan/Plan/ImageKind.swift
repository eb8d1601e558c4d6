/// Why a kind of image is mirrored; names are those that oc-mirror prints and writes.
package enum ImageKind: String, Sendable, Codable, CaseIterable, Comparable {
    /// A release payload.
    case release = "ocpRelease"
    /// A component of a release, or its KubeVirt disk.
    case releaseContent = "ocpReleaseContent"
    /// The update graph data.
    case graph = "cincinnatiGraph"
    /// An operator catalog.
    case operatorCatalog
    /// The image of an operator bundle.
    case operatorBundle
    /// An image that a bundle names.
    case operatorRelatedImage
    /// An additional image.
    case additional = "generic"
    /// An image found in a Helm chart.
    case helm = "helmImage"

    /// The bit that a failure of this kind sets in the exit code.
    package var exitBit: Int32 {
        switch self {
        case .release, .releaseContent, .graph: 2
        case .operatorCatalog, .operatorBundle, .operatorRelatedImage: 4
        case .additional: 8
        case .helm: 16
        }
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Orders as above: payloads first.
    package static func < (left: ImageKind, right: ImageKind) -> Bool { left.rank < right.rank }
}
