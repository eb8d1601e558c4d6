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
    /// The sets of which volumes are there: the sequence number by the digest of the manifest.
    var sets: [Digest: Int] {
        var sets: [Digest: Int] = [:]
        // A volume under the name of another set's volume was swapped: it says nothing about which set is meant.
        let voting = volumes.filter { !$0.hasForeignName }
        for volume in voting.isEmpty ? volumes : voting {
            let digest = setDigest(of: volume)
            if volume.isConsistent || sets[digest] == nil { sets[digest] = volume.document.sequence }
        }
        return sets
    }

    /// The name of the site that each set is for.
    private var sites: [Digest: String] {
        Dictionary(
            volumes.map { (setDigest(of: $0), $0.document.destination ?? SetHistory.defaultDestination) }
        ) { first, _ in first }
        .filter { sets[$0.key] != nil }
    }

    /// Finds the set that is meant.
    ///
    /// - Returns: the digest of its manifest as its volumes state it; nil when only damaged files tell of a set.
    /// - Throws: `MediaSetError.noSet`; `.ambiguousSet` that lists the sets to choose from.
    func choose(_ selection: SetSelection, folders: [String]) throws(MediaSetError) -> Digest? {
        let sets = sets
        let sites = sites
        let isForSeveral = selection == .newest && Set(sites.values).count > 1
        let newest: Int? =
            if case .newestFor(let site) = selection {
                sets.filter { sites[$0.key] == site }.values.max()
            } else {
                sets.values.max()
            }
        let fitting = sets.filter { digest, sequence in
            switch selection {
            case .newest: isForSeveral || sequence == newest
            case .newestFor(let site): sites[digest] == site && sequence == newest
            case .set(let set): SetIdentifier(manifestDigest: digest) == set
            case .sequence(let wanted): sequence == wanted
            }
        }
        if fitting.count == 1 { return fitting.first?.key }
        let hasSites = Set(sites.values).count > 1
        let list = sets.map { digest, sequence in
            "\(SetIdentifier(manifestDigest: digest)) (sequence \(sequence)"
                + (hasSites ? " for \(sites[digest]?.prefix(64) ?? "?")" : "") + ")"
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
