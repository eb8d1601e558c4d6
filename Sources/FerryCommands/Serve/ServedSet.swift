import ImageStorage
import Logging
import MediaSet
import OpenSSLCrypto

/// Opens a media set to be served in place.
enum ServedSet {
    /// How many of the images that cannot be served whole are named.
    private static let namedImages = 10

    /// Finds the newest set in some folders, with the earlier ones that it builds on.
    ///
    /// - Parameters:
    ///   - folders: where its volumes are.
    ///   - keys: one of them must have signed the set; no signature is asked for when there is none.
    ///   - logger: is told of oddities, and of images that cannot be served whole.
    /// - Returns: what is to be served.
    /// - Throws: `FerryError` with every problem of the volumes, integrity bit set when bytes are damaged;
    ///   `MediaSetError.notSigned`, `.wrongSignature`.
    static func open(
        _ folders: [String],
        signedBy keys: [VerificationKey],
        logger: Logger
    ) async throws -> MediaSetRegistryContent {
        let reader: MediaSetReader
        do {
            reader = try await MediaSetReader.open(folders: folders)
        } catch let error as MediaSetError {
            let hint = error.code == .ambiguousSet ? ": give the volume files of one set as file://FILE" : ""
            throw FerryError("\(error)\(hint)", exitCode: error.kind == .integrity ? 32 : 1)
        }
        if !keys.isEmpty {
            let path = try await reader.checkSignature(by: keys, folders: folders)
            logger.notice("the signature of media set \(reader.set) is right: \(path)")
        }
        for notice in reader.notices { logger.notice("\(notice.message)") }
        let library = try await SetLibrary.open(reader, folders: folders, logger: logger)
        let content: MediaSetRegistryContent
        do {
            content = try await MediaSetRegistryContent(reader, earlier: library.earlier)
        } catch {
            try Task.checkCancellation()
            throw FerryError("the media set \(reader.set) is damaged: \(error)", exitCode: 32)
        }
        logger.notice(
            "media set \(reader.set), number \(reader.manifest.sequence): \(reader.manifest.images.count) images"
        )
        warn(of: content.lacking, in: reader, logger)
        return content
    }

    /// Names the images of which something lacks, and the sets that would bring it.
    private static func warn(of lacking: [MediaSetClosure.Need], in reader: MediaSetReader, _ logger: Logger) {
        guard !lacking.isEmpty else { return }
        let promises = Set(lacking.compactMap { reader.manifest.requires[$0.digest] })
        // What an inventory found at a registry is in no set that could be put there.
        let sets = promises.filter { reader.manifest.inventories[$0] == nil }.sorted().map(\.description)
        let remedy =
            sets.count < promises.count || sets.isEmpty
            ? "make a complete set (ferry mirror --base none)" : "put set \(sets.joined(separator: ", ")) beside it"
        logger.warning("in no set at hand, so answered with 404, are \(lacking.count) of the blobs; \(remedy)")
        let images = Set(lacking.flatMap(\.images)).sorted()
        for image in images.prefix(namedImages) { logger.warning("cannot be pulled whole: \(image)") }
        if images.count > namedImages { logger.warning("… and \(images.count - namedImages) images more") }
    }
}
