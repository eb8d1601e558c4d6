import OCIModel

/// Which set of several is meant.
package enum SetSelection: Hashable, Sendable {
    /// The one with the highest sequence number.
    case newest
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

    /// Finds the set that is meant.
    ///
    /// - Returns: the digest of its manifest as its volumes state it; nil when only damaged files tell of a set.
    /// - Throws: `MediaSetError.noSet`; `.ambiguousSet` that lists the sets to choose from.
    func choose(_ selection: SetSelection, folders: [String]) throws(MediaSetError) -> Digest? {
        let sets = sets
        let fitting = sets.filter { digest, sequence in
            switch selection {
            case .newest: sequence == sets.values.max()
            case .set(let set): SetIdentifier(manifestDigest: digest) == set
            case .sequence(let wanted): sequence == wanted
            }
        }
        if fitting.count == 1 { return fitting.first?.key }
        let list = sets.map { "\(SetIdentifier(manifestDigest: $0.key)) (sequence \($0.value))" }.sorted()
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
