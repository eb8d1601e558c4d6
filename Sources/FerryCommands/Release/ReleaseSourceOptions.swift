import ArgumentParser
import MediaSet
import OCIModel

/// Where releases and their images are read.
struct ReleaseSourceOptions: ParsableArguments {
    @Option(help: "file://DIR with a media set to look into, instead of registries; may be given several times.")
    var from: [String] = []

    @Option(help: "With --from: the id of the set to look into, when several lie there; the default is the newest.")
    var set: String?

    @Option(help: "With --from: a public key or certificate (PEM) that must have signed the set.")
    var verifyKey: [String] = []

    @Option(help: "Which image of a list is opened, such as linux/arm64; the default is linux/amd64.")
    var platform: String?

    @Option(help: "A repository to look for the release's images in, by digest, before others; several are possible.")
    var mirror: [String] = []

    /// Whether registries are read, and not a media set: then `registries.conf` says where.
    var readsRegistries: Bool { from.isEmpty }

    func validate() throws {
        if from.isEmpty, set != nil { throw ValidationError("--set says which media set, and --from where it is") }
        if from.isEmpty, !verifyKey.isEmpty {
            throw ValidationError("--verify-key is for media sets, which --from names")
        }
    }

    /// Makes what the options say ready.
    ///
    /// - Parameter session: what to work with.
    /// - Returns: where releases are found.
    /// - Throws: `FerryError` for options that say nothing; what opening a media set throws.
    func open(_ session: Session) async throws -> ReleaseLibrary {
        let platform = try platform.map { try Platform($0) }
        let mirrors = try mirror.map { try Self.repository($0) }
        guard !from.isEmpty else {
            return ReleaseLibrary(sources: session.sources, set: nil, platform: platform, mirrors: mirrors)
        }
        for folder in from where !folder.hasPrefix("file://") {
            throw FerryError("--from must start with file://: \(folder)")
        }
        let opened = try await OpenedSet.open(
            try from.map { try MirrorMode.path($0) },
            selection: try set.map { .set(try SetIdentifier($0)) } ?? .newest,
            signedBy: try await KeyFile.verificationKeys(verifyKey),
            requester: nil,
            logger: session.logger
        )
        return ReleaseLibrary(sources: opened, set: opened, platform: platform, mirrors: mirrors)
    }

    private static func repository(_ text: String) throws -> Repository {
        let reference = try ImageReference(text)
        guard reference.tag == nil, reference.digest == nil else {
            throw FerryError("--mirror names a repository, without tag and digest: \(text)")
        }
        return reference.repository
    }
}
