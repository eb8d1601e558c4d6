package import Archiving

/// What a release payload may have at most.
package struct ReleasePayloadLimits: Sendable {
    /// The size of one file below `release-manifests` in bytes, 16 MiB unless set.
    package var fileBytes = 16 << 20
    /// The size of all collected files together in bytes, 128 MiB unless set.
    package var totalBytes = 128 << 20
    /// How many paths below `release-manifests` are looked at, 20,000 unless set; real payloads have about a thousand.
    package var paths = 20_000
    /// The size of an image config in bytes, 4 MiB unless set.
    package var configBytes = 4 << 20
    /// How many indexes are followed, one inside the other, 5 unless set.
    package var indexDepth = 5
    /// How many components there may be, 10,000 unless set.
    package var components = 10_000
    /// What a layer may have.
    package var layer = TarLimits()

    /// The limits as documented.
    package init() {}
}
