import DispatchLanes
import Glibc
package import OCIModel
package import OpenSSLCrypto

/// A set that is complete.
package struct FinishedSet: Hashable, Sendable {
    /// Its short name.
    package let set: SetIdentifier
    /// The digest of its set manifest.
    package let manifestDigest: Digest
    /// The paths of its volumes, in order.
    package let volumes: [String]
    /// The size of all of them in bytes.
    package let totalSize: Int64
    /// The path of its signature, when it was to be signed.
    package let signaturePath: String?
}

extension MediaSetWriter {
    /// Completes the set: sums and end of each volume, everything to disk, the final names, the history record.
    ///
    /// It can be called again after a failure, and on a set that was finished before.
    ///
    /// - Parameters:
    ///   - destination: the history that the set belongs to.
    ///   - key: signs the set, unless it has signed it already; nil for no signature.
    /// - Returns: what was made.
    /// - Throws: `MediaSetError.incomplete` when blobs lack; `.noSpace`; `.fileSystem`; `.invalidName`;
    ///   `.conflictingFile` when the signature has no place; `OpenSSLError` when libcrypto cannot sign. The set is
    ///   complete after a failure to sign, and another call signs it.
    package func finish(
        destination: String = SetHistory.defaultDestination,
        signingWith key: SigningKey? = nil
    ) async throws -> FinishedSet {
        _ = try SetHistory.folder(of: destination, in: folder)
        let lacking = lacking(limit: 3)
        guard lacking.isEmpty else {
            let names = lacking.map { $0.digest.description }.joined(separator: ", ")
            throw MediaSetError(
                .incomplete,
                subject: layout.set,
                message:
                    "the media set \(layout.set) lacks \(remaining) blobs (\(names)\(remaining > 3 ? ", …" : "")); run the "
                    + "same command again to continue it"
            )
        }
        try await commit(force: true)
        var paths: [String] = []
        for volume in layout.volumes {
            paths.append("\(folder)/\(volume.name.fileName)")
            if !finished.contains(volume.name.number) { try await end(volume) }
        }
        let renames = layout.volumes.filter { !finished.contains($0.name.number) }.map { volume in
            ("\(folder)/\(volume.name.partialName)", "\(folder)/\(volume.name.fileName)")
        }
        let signaturePath: String? = try await lanes.run { [self] in
            // After an interruption here some volumes have their final name; the next run takes them as they are.
            for (partial, final) in renames where MediaFolder.isFile(partial) {
                try MediaFolder.rename(partial, to: final)
            }
            try MediaFolder.flush(folder)
            try SetHistory.add(
                try HistoryRecord(of: layout, finished: Int64(time(nil))),
                folder: folder,
                destination: destination
            )
            try MediaFolder.remove(journalPath)
            // While the folder is taken, so that two runs do not write one signature.
            return try key.map { try SetSignature.write(layout, folder: folder, key: $0) }
        }
        close()
        return FinishedSet(
            set: layout.set,
            manifestDigest: layout.manifestDigest,
            volumes: paths,
            totalSize: layout.totalSize,
            signaturePath: signaturePath
        )
    }

    private func end(_ volume: SetLayout.Volume) async throws {
        let number = volume.name.number
        guard let path = paths[number] else { return }
        try await lanes.run { [self] in
            // A repeated call finds the volume renamed already.
            guard MediaFolder.isFile(path) else { return }
            let suffix = try layout.suffix(ofVolume: number) { sums(of: $0) }
            let file = try files.file(number)
            try file.write(suffix, at: volume.sumsOffset)
            try file.truncate(to: volume.fileSize)
            try file.flush()
        }
    }
}
