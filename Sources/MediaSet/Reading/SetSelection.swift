import OCIModel

/// Which set of several is meant.
package enum SetSelection: Hashable, Sendable {
    /// The one with the highest sequence number; there must not be sets for several sites.
    case newest
    /// The one with the highest sequence number of those for a site.
    case newestFor(String)
    /// The one of that name.
    case set(SetIdentifier)
    /// The one with that sequence number.
    case sequence(Int)
}

extension VolumeScan {
    /// What the volumes of a set say of it.
    struct Candidate: Sendable {
        /// Its number.
        let sequence: Int
        /// The name of the site that it is for.
        let site: String
    }

    /// The sets of which volumes are there, by the digest of the manifest.
    var sets: [Digest: Candidate] {
        var sets: [Digest: Candidate] = [:]
        // A volume under the name of another set's volume was swapped: it says nothing about which set is meant.
        let voting = volumes.filter { !$0.hasForeignName }
        for volume in voting.isEmpty ? volumes : voting {
            let digest = setDigest(of: volume)
            guard volume.isConsistent || sets[digest] == nil else { continue }
            let document = volume.document
            sets[digest] = Candidate(
                sequence: document.sequence,
                site: document.destination ?? SetHistory.defaultDestination
            )
        }
        return sets
    }

    /// Finds the set that is meant.
    ///
    /// - Returns: the digest of its manifest as its volumes state it; nil when only damaged files tell of a set.
    /// - Throws: `MediaSetError.noSet`; `.ambiguousSet` that lists the sets to choose from.
    func choose(_ selection: SetSelection, folders: [String]) throws(MediaSetError) -> Digest? {
        let sets = sets
        let hasSites = Set(sets.values.map(\.site)).count > 1
        func newest(of candidates: [Digest: Candidate]) -> [Digest: Candidate] {
            let sequence = candidates.values.map(\.sequence).max()
            return candidates.filter { $0.value.sequence == sequence }
        }
        let fitting =
            switch selection {
            case .newest: hasSites ? sets : newest(of: sets)
            case .newestFor(let site): newest(of: sets.filter { $0.value.site == site })
            case .set(let set): sets.filter { SetIdentifier(manifestDigest: $0.key) == set }
            case .sequence(let wanted): sets.filter { $0.value.sequence == wanted }
            }
        if fitting.count == 1 { return fitting.first?.key }
        let list = sets.map { digest, candidate in
            "\(SetIdentifier(manifestDigest: digest)) (sequence \(candidate.sequence)"
                + (hasSites ? " for \(candidate.site.prefix(64))" : "") + ")"
        }.sorted()
        guard fitting.isEmpty else {
            throw MediaSetError(
                .ambiguousSet,
                subject: folders.joined(separator: ", "),
                message: "several media sets could be meant; name one of \(list.joined(separator: ", "))"
            )
        }
        if volumes.isEmpty, !wrecks.isEmpty || !partials.isEmpty { return nil }
        throw MediaSetError(
            .noSet,
            subject: folders.joined(separator: ", "),
            message: sets.isEmpty
                ? "no media set is in \(folders.joined(separator: ", ")): there is no volume (mirror_….tar)"
                : "that media set is not in \(folders.joined(separator: ", ")); there are \(list.joined(separator: ", "))"
        )
    }
}

extension ScannedVolume {
    /// Whether the file's name is that of a volume of another set.
    fileprivate var hasForeignName: Bool {
        guard let name = VolumeName(fileName: path.split(separator: "/").last ?? "") else { return false }
        return name.set != document.set
    }
}
