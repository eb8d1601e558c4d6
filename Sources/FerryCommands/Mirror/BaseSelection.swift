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

    /// The sets of a history that a set with a certain number builds on.
    ///
    /// - Parameters:
    ///   - history: the history.
    ///   - acknowledged: the sets whose receipt has come back.
    ///   - sequence: the number.
    /// - Returns: the records, oldest first.
    func records(
        of history: SetHistory,
        acknowledged: Set<SetIdentifier>,
        before sequence: Int
    ) -> [HistoryRecord] {
        guard kind != .none else { return [] }
        let records = before.map { history.records(before: $0) } ?? history.records
        return records.filter { $0.sequence < sequence && (kind == .written || acknowledged.contains($0.set)) }
    }
}
