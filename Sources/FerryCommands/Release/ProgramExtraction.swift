import Foundation
import ImageStorage
import Logging
import OCIModel
import Releases
import TerminalProgress

/// Takes a client program out of a release and tells it where it belongs.
struct ProgramExtraction: Sendable {
    /// The program, one of `ClientProgram.names`.
    let name: String
    /// Where it is to run, in the user's words; nil for the release's own platform.
    let platform: String?
    /// The folder that gets it.
    let folder: String
    /// What is asked of the release's signatures.
    let trust: ReleaseTrustOptions
    let library: ReleaseLibrary
    let session: Session

    /// Writes the program; nothing is left of one that fails.
    ///
    /// - Throws: `FerryError` when the release has no such program, or it cannot be marked or written; `ReleasesError`,
    ///   also when the release is not signed as it must be; `CancellationError`.
    func run(_ found: ReleaseLibrary.Found) async throws {
        let release = try await library.inspect(found)
        let program = try program(of: release)
        guard let component = release.payload.components.first(where: { $0.name == program.component }) else {
            throw FerryError(
                "release \(release.payload.version) (\(release.pullSpec)) has no image \(program.component), which would "
                    + "have \(name) for \(program.platform)"
            )
        }
        // What comes out is going to be run.
        try await ReleaseTrustCheck(trust: trust, library: library, session: session)
            .check(found, version: release.payload.version)
        let image = try await library.components(of: release).open(component, needsPlatform: program.needsPlatform)
        session.logger.debug("\(name) is looked for in \(image.repository)@\(image.digest)")
        let path = "\(folder)/\(program.fileName)"
        let file = try await LocalFiles.run { try ProgramFile(at: path) }
        do {
            try await write(program, from: image, of: release, into: file)
        } catch {
            // What failed counts, not whether its leftovers could be removed.
            try? await LocalFiles.run { file.discard() }
            throw error
        }
        print("\(path): \(name) of \(release.payload.version) for \(program.platform)")
    }

    /// The program that is meant.
    private func program(of release: ReleaseInspection) throws -> ClientProgram {
        let architecture = release.payload.architecture
        let wanted: ClientPlatform
        if let platform {
            guard let parsed = ClientPlatform(platform, linuxArchitecture: architecture) else {
                throw FerryError(
                    "--command-os must be linux, mac or windows, with or without an architecture: \"\(platform)\""
                )
            }
            wanted = parsed
        } else {
            wanted = ClientPlatform(os: .linux, architecture: architecture)
        }
        guard let program = ClientProgram.find(name, for: wanted, inReleaseFor: architecture) else {
            let platforms = ClientProgram.platforms(of: name, inReleaseFor: architecture)
            throw FerryError(
                "a release for \(architecture) has no \(name) for \(wanted); there is one for "
                    + platforms.map(\.description).joined(separator: ", ")
            )
        }
        return program
    }

    private func write(
        _ program: ClientProgram,
        from image: ComponentImage,
        of release: ReleaseInspection,
        into file: ProgramFile
    ) async throws {
        session.progress.report(.phaseStarted(title: "Reading the layers of \(image.component.name)"))
        defer { session.progress.report(.phaseEnded) }
        let source = try library.sources.source(for: image.repository.registry)
        guard try await ImageFileFinder().find(program.paths, in: image, from: source, into: file) != nil else {
            throw FerryError(
                "image \(image.component.name) of release \(release.payload.version) has no file "
                    + program.paths.map { "/\($0)" }.joined(separator: " or ")
            )
        }
        let values: [ReleaseMarker: String] = [
            .image: "\(release.pullSpec)", .version: release.payload.version, .architecture: release.platformText,
        ]
        let wanted = values.filter { program.markers.contains($0.key) }
        let marked = try await LocalFiles.run { try file.mark(wanted) }
        for marker in program.markers where marked[marker] == nil {
            guard !program.requires(marker) else {
                throw FerryError(
                    "\(name) of release \(release.payload.version) has no place for the release's reference "
                        + "(\(marker.rawValue)), so it would install another release; it is not written"
                )
            }
            session.logger.debug("\(name) has no place for \(marker.rawValue)")
        }
        if !marked.isEmpty, program.platform.os == .mac {
            let isRight = try await LocalFiles.run { try file.renewSignature(after: marked.values) }
            if !isRight {
                session.logger.warning(
                    """
                    \(file.path) is signed in a way that cannot be renewed here, and was changed: on a Mac run \
                    codesign --force --sign - \(program.fileName) before it is used
                    """
                )
            }
        }
        try await LocalFiles.run { try file.finish() }
    }
}
