package import OCIModel

/// What a volume says about itself, `ferry-volume.json`.
package struct VolumeDocument: Hashable, Sendable, Codable {
    /// The member's path, the first of every volume.
    package static let path = "ferry-volume.json"

    /// The version of the format.
    package var format = SetManifest.currentFormat
    /// The set that the volume belongs to.
    package var set: SetIdentifier
    /// The set's number for its destination.
    package var sequence: Int
    /// The name of the site that the set is for; nil for the default one.
    package var destination: String?
    /// The volume's number, from 1.
    package var volume: Int
    /// How many volumes the set has.
    package var volumes: Int
    /// The size of the file in bytes.
    package var size: Int64
    /// The SHA-256 of `ferry-set.json`.
    package var setManifest: Digest
}
