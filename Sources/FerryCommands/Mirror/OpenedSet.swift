import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// A media set that is ready to be imported: its volumes are whole, and so are its images.
struct OpenedSet: ImageSourceProvider {
    /// The set.
    let reader: MediaSetReader
    /// The lock file that it carries.
    let plan: MirrorPlan
    /// The digest of that lock file.
    let lockDigest: Digest
    /// Where its content is, also what it left out.
    var library: SetLibrary
    private let table: LockedSource.Table

    /// Finds a set and checks it before anything is sent to a target.
    ///
    /// - Parameters:
    ///   - folders: where its volumes are.
    ///   - selection: which set, when there are several.
    ///   - keys: one of them must have signed the set; no signature is asked for when there is none.
    ///   - requester: who is asked for volumes that are not there; nil when all must be there.
    ///   - logger: is told of oddities.
    /// - Returns: the set.
    /// - Throws: `FerryError` with every problem, integrity bit set when bytes are damaged; `MirrorPlanError`;
    ///   `MediaSetError.notSigned`, `.wrongSignature`.
    static func open(
        _ folders: [String],
        selection: SetSelection = .newest,
        signedBy keys: [VerificationKey],
        requester: (any VolumeRequester)?,
        logger: Logger
    ) async throws -> OpenedSet {
        let reader: MediaSetReader
        do {
            reader =
                if let requester {
                    try await MediaSetReader.open(folders: folders, selection: selection, requester: requester)
                } else {
                    try await MediaSetReader.open(folders: folders, selection: selection)
                }
        } catch let error as MediaSetError {
            let hint = error.code == .ambiguousSet ? " with --set, or its site with --destination" : ""
            throw FerryError("\(error)\(hint)", exitCode: error.kind == .integrity ? 32 : 1)
        }
        if !keys.isEmpty {
            let path = try await reader.checkSignature(by: keys, folders: folders)
            logger.notice("the signature of media set \(reader.set) is right: \(path)")
        }
        for notice in reader.notices { logger.notice("\(notice.message)") }
        sayWhatIsAbsent(reader, logger: logger)
        guard let bytes = try await reader.resource(HistoryRecord.lockPath) else {
            throw FerryError(
                "the media set \(reader.set) has no lock file, so nobody can say what is to be imported",
                exitCode: 32
            )
        }
        let plan = try lockedPlan(bytes, of: reader)
        let closure: MediaSetClosure
        do {
            closure = try await reader.closure()
        } catch {
            try Task.checkCancellation()
            throw FerryError("the media set \(reader.set) is damaged: \(error)", exitCode: 32)
        }
        guard closure.isComplete else {
            let names = closure.missing.prefix(5).map { "\($0.digest) of \($0.images.first ?? "?")" }
            throw FerryError(
                "the media set \(reader.set) lacks \(closure.missing.count) manifests or blobs: "
                    + names.joined(separator: ", ") + "; make it again",
                exitCode: 32
            )
        }
        logger.notice("media set \(reader.set), number \(reader.manifest.sequence): \(plan.images.count) images")
        return OpenedSet(
            reader: reader,
            plan: plan,
            lockDigest: try ContentHasher.digest(of: bytes),
            library: try await SetLibrary.open(reader, folders: folders, logger: logger),
            table: try LockedSource.Table(plan)
        )
    }

    /// Says which volumes will be asked for, and why when their files are there.
    private static func sayWhatIsAbsent(_ reader: MediaSetReader, logger: Logger) {
        guard reader.isOneAtATime else { return }
        for problem in reader.problems where problem.kind != .missing { logger.warning("\(problem.message)") }
        let numbers = Set(reader.problems.compactMap(\.volume)).sorted().map(String.init).joined(separator: ", ")
        logger.notice(
            """
            media set \(reader.set) has \(reader.volumeCount) volumes; not here: \(numbers). Each is asked for when \
            something of it is needed
            """
        )
    }

    /// Reads the lock file of a set; nothing else guards its bytes, so it must agree with the set manifest.
    private static func lockedPlan(_ bytes: [UInt8], of reader: MediaSetReader) throws -> MirrorPlan {
        let name = "\(HistoryRecord.lockPath) of set \(reader.set)"
        let plan: MirrorPlan
        do {
            plan = try MirrorPlan(lockFile: bytes, name: name)
        } catch {
            throw FerryError("\(error): volume 1 is damaged, bring it again", exitCode: 32)
        }
        guard try Set(MediaSetBuilder.images(of: plan)) == Set(reader.manifest.images) else {
            throw FerryError(
                "\(name) names other images than the set has: volume 1 is damaged, bring it again",
                exitCode: 32
            )
        }
        return plan
    }

    func source(for registry: RegistryName) throws -> any ImageSource {
        LockedSource(registry: registry, table: table, content: library)
    }
}
