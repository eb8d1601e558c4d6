import ArgumentParser
import Foundation
import MediaSet

/// Which earlier sets a new one builds on.
struct BaseSelection: Sendable {
    /// The values of `--base`.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        /// Every set that was made before.
        case written
        /// The sets whose receipt has come back.
        case acknowledged
        /// None: the new set is complete.
        case none
    }

    /// Which sets.
    let kind: Kind
    /// Only sets finished before this time, in seconds since 1970.
    let before: Int64?

    /// Takes the options.
    ///
    /// - Parameters:
    ///   - kind: the value of `--base`.
    ///   - since: the value of `--since`, `yyyy-MM-dd`: the sets made before that day, in UTC, are built on.
    /// - Throws: `FerryError` when the date is none.
    init(kind: Kind, since: String?) throws {
        self.kind = kind
        before = try since.map { text in
            let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
            guard text.count == 10, let date = try? style.parse(text) else {
                throw FerryError("--since needs a date as yyyy-MM-dd, not \"\(text)\"")
            }
            return Int64(date.timeIntervalSince1970)
        }
    }

    /// What is known of the registries of a site when a set with a certain number is made.
    ///
    /// A registry is known by a receipt or an inventory from it. As long as there is none, the site counts as one registry
    /// that has what was written, or nothing.
    ///
    /// - Parameters:
    ///   - site: what is on record.
    ///   - sequence: the number.
    /// - Returns: the registries; none when the new set is to be complete.
    func registries(of site: SiteRecords, before sequence: Int) -> [SetBase.Registry] {
        guard kind != .none else { return [] }
        let records = (before.map { site.history.records(before: $0) } ?? site.history.records)
            .filter { $0.sequence < sequence }
        let inventories = site.inventories.filter { kept in before.map { kept.inventory.made < $0 } ?? true }
        let targets = Set(site.acknowledged.keys).union(inventories.map(\.inventory.target)).sorted()
        guard !targets.isEmpty else { return kind == .written ? [SetBase.Registry(records: records)] : [] }
        return targets.map { target in
            let acknowledged = site.acknowledged[target] ?? []
            return SetBase.Registry(
                records: records.filter { kind == .written || acknowledged.contains($0.set) },
                inventory: inventories.first { $0.inventory.target == target }
            )
        }
    }
}

/// What is on record about a site: the sets made for it, and what came back.
struct SiteRecords: Sendable {
    /// The sets.
    let history: SetHistory
    /// The sets that each registry has acknowledged.
    let acknowledged: [String: Set<SetIdentifier>]
    /// What was found in its registries.
    let inventories: [InventoryStore.Kept]

    /// Reads the records; blocks.
    ///
    /// - Parameters:
    ///   - folder: the media folder.
    ///   - destination: the name of the site.
    ///   - kind: what will be built on; what that does not need is not read, so that it may be damaged.
    /// - Throws: `MediaSetError`; `OpenSSLError`.
    init(folder: String, destination: String, for kind: BaseSelection.Kind) throws {
        history = try SetHistory(folder: folder, destination: destination)
        inventories = kind == .none ? [] : try InventoryStore.all(folder: folder, destination: destination)
        acknowledged =
            kind == .acknowledged || !inventories.isEmpty
            ? try ReceiptStore.acknowledged(folder: folder, destination: destination) : [:]
    }
}
