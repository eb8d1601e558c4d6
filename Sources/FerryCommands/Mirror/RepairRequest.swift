import Foundation
import MediaSet
import MirrorPlan
import OCIModel

/// What an import found missing at its target; the content of `missing.json`.
struct RepairRequest: Sendable, Codable {
    /// One blob that is neither on the media nor at the target.
    struct Missing: Sendable, Codable {
        /// The blob.
        let digest: Digest
        /// Its size in bytes.
        let size: Int64
        /// The set that carried it, or the inventory that found it at the target.
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

    /// Makes sure that a set of a plan brings all that lacks.
    ///
    /// - Throws: `FerryError` when the plan does not need some of it, as when the configuration has changed since.
    func check(against plan: MirrorPlan) throws {
        let wanted = Set(plan.blobs.map(\.digest))
        let strangers = missing.filter { !wanted.contains($0.digest) }
        guard let first = strangers.first else { return }
        throw FerryError(
            "no set is made: \(strangers.count) of the \(missing.count) blobs that lack belong to no image that is asked "
                + "for now (\(first.digest) is of \(PrintableText.of(first.images.first ?? "?"))); use --lock with the lock "
                + "file of media set \(PrintableText.of(set)) instead, which is ferry/lock.json in its first volume"
        )
    }

    /// Who was relied on for what lacks, as a sentence.
    ///
    /// - Parameter inventories: the ids that are of inventories, with the registries that these describe.
    /// - Returns: the sentence, without its end.
    func promise(_ inventories: [SetIdentifier: String]) -> String {
        let named = Dictionary(inventories.map { ($0.key.text, $0.value) }) { first, _ in first }
        let ids = Set(missing.map(\.set)).sorted()
        let sets = ids.filter { named[$0] == nil }
        let found = ids.compactMap { id in named[id].map { "the inventory \(id) of \($0.prefix(300))" } }
        var parts: [String] = []
        if !sets.isEmpty { parts.append("media set \(sets.joined(separator: ", ")) carried them") }
        if !found.isEmpty { parts.append("\(found.joined(separator: " and ")) said that they were there") }
        return parts.joined(separator: ", ")
    }

    /// What to do about it, as a sentence.
    ///
    /// - Parameters:
    ///   - inventories: as for ``promise(_:)``.
    ///   - path: where the list of what lacks was written.
    /// - Returns: the sentence, without its end.
    func advice(_ inventories: [SetIdentifier: String], writtenTo path: String) -> String {
        let known = Set(inventories.keys.map(\.text))
        let repair = "carry \(path) to the connected side: ferry mirror --repair makes a set of just that"
        return missing.allSatisfy { known.contains($0.set) }
            ? "C\(repair.dropFirst())" : "Import that set first, bring it along with --from, or \(repair)"
    }
}
