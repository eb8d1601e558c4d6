import OCIModel
import OpenSSLCrypto

/// The signature of a set: a file beside the volumes, over the exact bytes of `ferry-set.json`.
///
/// As the manifest names every blob by its digest, it stands for everything that an import takes from the set.
enum SetSignature {
    /// The largest signature file that is read, in bytes; signatures have at most 72.
    private static let maximumSize: Int64 = 4096
    /// The most signature files that are tried, so that a crowded folder costs little.
    private static let maximumFiles = 100

    /// The file's name: that of the volumes without the part that numbers them.
    static func fileName(sequence: Int, set: SetIdentifier) -> String {
        "\(VolumeName.stem(sequence: sequence, set: set)).sig"
    }

    /// Signs the manifest of a set, unless a signature by this key is there already.
    ///
    /// It blocks. A signature that the key did not make is replaced.
    ///
    /// - Returns: the path of the signature.
    /// - Throws: `MediaSetError.conflictingFile` when something else than a file has the name, `.fileSystem`,
    ///   `.noSpace`; `OpenSSLError`.
    static func write(_ layout: SetLayout, folder: String, key: SigningKey) throws -> String {
        let path = "\(folder)/\(fileName(sequence: layout.content.sequence, set: layout.set))"
        if MediaFolder.isFile(path) {
            if let known = try read(path), key.verificationKey.accepts(known, of: layout.manifestBytes) { return path }
        } else if MediaFolder.isFolder(path) {
            throw MediaSetError(
                .conflictingFile,
                subject: path,
                message: "\(path) is a folder, and the signature must go there; move it away"
            )
        }
        try MediaFolder.write(try key.sign(layout.manifestBytes), to: path)
        return path
    }

    /// The signature files of a set in folders, whatever their sequence number, in the order of the folders.
    ///
    /// It blocks.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func find(_ set: SetIdentifier, in folders: [String]) throws(MediaSetError) -> [String] {
        var paths: [String] = []
        for folder in folders {
            for name in try MediaFolder.names(in: folder) where name.hasPrefix("mirror_") {
                guard name.hasSuffix("_\(set).sig"), name.split(separator: "_").count == 3 else { continue }
                let path = "\(folder)/\(name)"
                if paths.count < maximumFiles, MediaFolder.isFile(path) { paths.append(path) }
            }
        }
        return paths
    }

    /// The bytes of a signature file; nil for one that is gone, or too large to be a signature.
    ///
    /// It blocks.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func read(_ path: String) throws(MediaSetError) -> [UInt8]? {
        do throws(MediaSetError) {
            return try MediaFolder.read(path, limit: maximumSize)
        } catch  where error.code == .damagedDocument {
            return nil
        }
    }
}
