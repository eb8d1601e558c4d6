import DispatchLanes
import OCIModel
package import OpenSSLCrypto

extension MediaSetReader {
    /// Checks that one of some keys has signed the set.
    ///
    /// Signatures are looked for beside every volume and in the folders, by the set's id. One that fits is enough: a
    /// wrong one beside it does no harm. When volumes come one at a time, a signature that is not there is asked for.
    ///
    /// - Parameters:
    ///   - keys: the keys, any of which may have signed.
    ///   - folders: further places to look; files among them are passed over.
    /// - Returns: the path of the signature that fits.
    /// - Throws: `MediaSetError.notSigned` when there is no signature; `.wrongSignature` when none fits;
    ///   `.damagedDocument` when the manifest cannot be read again; `.fileSystem`.
    package func checkSignature(by keys: [VerificationKey], folders: [String]) async throws -> String {
        // Kept, as the medium with the signature need not have a volume.
        let bytes = try await lanes.run { [self] in try manifestBytes() }
        var found: [String] = []
        while true {
            do {
                return try await findSignature(of: bytes, by: keys, folders: folders)
            } catch let error as MediaSetError where error.code == .notSigned {
                guard let requester = exchange.requester else { throw error }
                let name = SetSignature.fileName(sequence: manifest.sequence, set: set)
                exchange.letGo()
                try await requester.request(
                    VolumeRequest(.file(name), set: set, volumeCount: volumeCount, places: folders, found: found)
                )
                found = ["\(name) is not there"]
            }
        }
    }

    private func findSignature(
        of bytes: [UInt8],
        by keys: [VerificationKey],
        folders: [String]
    ) async throws -> String {
        try await lanes.run { [self] in
            let places = signatureFolders(folders)
            let paths = try SetSignature.find(set, in: places)
            for path in paths {
                guard let signature = try SetSignature.read(path) else { continue }
                if keys.contains(where: { $0.accepts(signature, of: bytes) }) { return path }
            }
            let name = SetSignature.fileName(sequence: manifest.sequence, set: set)
            guard let first = paths.first else {
                throw MediaSetError(
                    .notSigned,
                    subject: set,
                    message: "the media set \(set) is not signed, and --verify-key asks for a signature: there is no "
                        + "\(name) in \(places.joined(separator: ", ")); bring it, or sign the set where it was made"
                )
            }
            let more = paths.count > 1 ? " (and \(paths.count - 1) more)" : ""
            throw MediaSetError(
                .wrongSignature,
                subject: set,
                message: "the signature of the media set \(set) is wrong: \(first)\(more) was not made of this set by "
                    + "\(keys.count == 1 ? "the key" : "any of the \(keys.count) keys") of --verify-key; nothing of "
                    + "the set is used"
            )
        }
    }

    /// The bytes of the set manifest once more, proven to be those that the set was opened with.
    private func manifestBytes() throws -> [UInt8] {
        for (_, volume) in volumes.sorted(by: { $0.key < $1.key }) where volume.manifestDigest == manifestDigest {
            let bytes = try volume.read(SetManifest.path, limit: ScannedVolume.maximumManifestSize)
            if let bytes, try ContentHasher.digest(of: bytes) == manifestDigest { return bytes }
        }
        throw MediaSetError(
            .damagedDocument,
            subject: set,
            message: "no volume of the media set \(set) has a whole \(SetManifest.path)"
        )
    }

    /// The folders of the volumes, then those that were named, each once.
    private func signatureFolders(_ folders: [String]) -> [String] {
        let beside = volumePaths.sorted { $0.key < $1.key }.map { _, path in
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        }
        var seen: Set<String> = []
        return (beside + folders.filter(MediaFolder.isFolder)).filter { seen.insert($0).inserted }
    }
}
