/// A processor architecture of sample releases.
package enum SampleArchitecture: String, Sendable, CaseIterable {
    case amd64 = "x86_64"
    case arm64 = "aarch64"
    case ppc64le
    case s390x

    /// Go's spelling, as configs and platforms have it; the raw value is the one in release tags.
    package var goName: String {
        switch self {
        case .amd64: "amd64"
        case .arm64: "arm64"
        case .ppc64le: "ppc64le"
        case .s390x: "s390x"
        }
    }
}
