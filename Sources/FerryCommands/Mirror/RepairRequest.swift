import Foundation
import OCIModel

/// What an import found missing at its target; the content of `missing.json`.
struct RepairRequest: Sendable, Codable {
    /// One blob that is neither on the media nor at the target.
    struct Missing: Sendable, Codable {
        /// The blob.
        let digest: Digest
        /// Its size in bytes.
        let size: Int64
        /// The set that carried it.
        let set: String
        /// The images that need it.
        let images: [String]
    }

    /// The version of the format.
    let format: Int
    /// The set whose import was refused.
    let set: String
    /// The target.
    let target: String
    /// What lacks, sorted by digest.
    let missing: [Missing]

    /// Joins the parts.
    init(set: String, target: String, missing: [Missing]) {
        format = 1
        self.set = set
        self.target = target
        self.missing = missing.sorted { $0.digest < $1.digest }
    }

    /// Reads a file.
    ///
    /// - Throws: `FerryError` when it is no such file.
    init(path: String) throws {
        let bytes = try ConfigurationFile.read(path, maximum: 64 << 20)
        do {
            self = try JSONDecoder().decode(RepairRequest.self, from: Data(bytes))
        } catch {
            throw FerryError("\(path) is no list of missing content (missing.json of an import)")
        }
        guard format == 1 else { throw FerryError("\(path) has format \(format); this version reads format 1") }
    }
}
