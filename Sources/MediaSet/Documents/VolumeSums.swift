/// The SHA-256 of every member of a volume before it, `ferry-sums.json`.
package struct VolumeSums: Hashable, Sendable, Codable {
    /// The member's path, the last of every volume.
    package static let path = "ferry-sums.json"

    /// The version of the format.
    package var format = SetManifest.currentFormat
    /// The hex digits of each member's SHA-256, by path.
    package var members: [String: String]

    /// The size of the document without members: `{"format":1,"members":{}}`.
    static let emptySize: Int64 = 25

    /// How many bytes a member adds: `"path":"hash",`, the comma counted for each.
    static func entrySize(path: Int) -> Int64 {
        Int64(path) + 2 + 1 + 66 + 1
    }
}
