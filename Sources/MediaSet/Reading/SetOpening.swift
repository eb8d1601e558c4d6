/// What lies where a set is looked for, before anything of it is known.
enum SetOpening {
    /// A set, perhaps without some of its volumes.
    case set(SetAssembly)
    /// No volume of the set; what is there instead, a sentence each.
    case nothing([String])

    /// Looks at folders and files; blocks.
    ///
    /// - Throws: `MediaSetError.noSet` when none of the folders is there; `.ambiguousSet`; `.damagedVolumes` when all
    ///   that is there was never finished; `.damagedDocument`; `.fileSystem`.
    init(_ folders: [String], _ selection: SetSelection) throws {
        let there = folders.filter { MediaFolder.isFolder($0) || MediaFolder.isFile($0) }
        let scan = try VolumeScan(there.isEmpty ? folders : there)
        if scan.volumes.isEmpty, scan.wrecks.isEmpty, !scan.partials.isEmpty { throw SetAssembly.failure(scan) }
        do {
            if let digest = try scan.choose(selection, folders: folders) {
                self = .set(try SetAssembly(scan, manifestDigest: digest))
            } else {
                self = .nothing(VolumeLook(folders, scan).description)
            }
        } catch let error as MediaSetError where error.code == .noSet {
            self = .nothing(VolumeLook(folders, scan).description)
        } catch let error as MediaSetError where error.code == .damagedVolumes {
            self = .nothing(error.problems.map(\.message))
        }
    }
}
