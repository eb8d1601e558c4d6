import DispatchLanes

/// Which media sets lie in some folders.
package struct SetListing: Sendable {
    /// A set.
    package struct Item: Hashable, Sendable {
        /// Its short name.
        package let set: SetIdentifier
        /// Its number for its destination.
        package let sequence: Int
        /// What is wrong when no volume of it can be read at all; else nil.
        package let wreck: MediaSetVerification?
    }

    /// The sets, by sequence number, then by name.
    package let items: [Item]

    /// Looks at every file; nothing is written.
    ///
    /// A set of which only unfinished volumes are there is not listed beside others.
    ///
    /// - Parameter folders: where to look.
    /// - Returns: the sets, at least one.
    /// - Throws: `MediaSetError.noSet` when there is no set; `.damagedVolumes` when the only one was never finished;
    ///   `.fileSystem`.
    package static func list(_ folders: [String]) async throws -> SetListing {
        try await DispatchLane(label: "ferry.media.list").run { try SetListing(folders) }
    }

    private init(_ folders: [String]) throws {
        let scan = try VolumeScan(folders)
        var items = scan.sets.map { digest, candidate in
            Item(set: SetIdentifier(manifestDigest: digest), sequence: candidate.sequence, wreck: nil)
        }
        let known = Set(items.map(\.set))
        let wrecks = Dictionary(grouping: scan.wrecks.filter { !known.contains($0.name.set) }) { $0.name.set }
        for (set, wrecks) in wrecks {
            guard let name = wrecks.first?.name else { continue }
            let report = Self.report(set, name, scan)
            items.append(Item(set: set, sequence: name.sequence, wreck: report))
        }
        self.items = items.sorted { ($0.sequence, $0.set) < ($1.sequence, $1.set) }
        if !items.isEmpty { return }
        guard scan.partials.isEmpty else { throw SetAssembly.failure(scan) }
        throw MediaSetError(
            .noSet,
            subject: folders.joined(separator: ", "),
            message: "no media set is in \(folders.joined(separator: ", ")): there is no volume (mirror_….tar)"
        )
    }

    /// What is known of a set of which only the files' names can be read.
    private static func report(_ set: SetIdentifier, _ name: VolumeName, _ scan: VolumeScan) -> MediaSetVerification {
        let problems = (1...name.count).prefix(maximumProblems).map { number in
            let own = VolumeName(sequence: name.sequence, set: set, number: number, count: name.count)
            if let wreck = scan.wrecks.first(where: { $0.name.set == set && $0.name.number == number }) {
                return MediaSetProblem(
                    wreck.kind,
                    volume: number,
                    path: wreck.path,
                    message: "volume \(number): \(wreck.path) is damaged: \(wreck.reason)"
                )
            }
            return MediaSetProblem(
                .missing,
                volume: number,
                path: nil,
                message: "volume \(number): \(own.fileName) is missing"
            )
        }
        return MediaSetVerification(
            unreadable: set,
            sequence: name.sequence,
            volumes: name.count,
            problems: Array(problems)
        )
    }

    /// A name can say any number; more volumes than this are not listed one by one.
    private static let maximumProblems = 10_000
}
