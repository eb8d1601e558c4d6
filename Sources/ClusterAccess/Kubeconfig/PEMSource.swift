import HTTPTransport

/// A pair of members, one of which holds a text in PEM as base64 and the other one names a file with it.
struct PEMSource {
    private let name: String

    /// Names the member with the file; the other one ends in `-data`.
    init(_ name: String) { self.name = name }

    /// The text; that of `-data` goes before the file.
    ///
    /// - Returns: nil when neither is there.
    /// - Throws: `ClusterAccessError.invalidKubeconfig`, `.unreadableFile`.
    func read(
        _ content: KubeconfigNode,
        _ read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) -> PEMText? {
        if let bytes = try content.base64("\(name)-data") {
            return PEMText(name: "\(content.place).\(name)-data of \(content.file)", bytes: bytes)
        }
        guard let path = try content.text(name) else { return nil }
        let file = KubeconfigFile.resolve(path, namedIn: content.file)
        guard let bytes = try read(file) else {
            throw ClusterAccessError(
                .unreadableFile,
                "there is no file \(file), which \(content.place).\(name) of \(content.file) names"
            )
        }
        return PEMText(name: "the file \(file)", bytes: bytes)
    }
}
