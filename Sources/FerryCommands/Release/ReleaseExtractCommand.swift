import ArgumentParser
import Foundation
import OCIModel
import Releases
import TerminalProgress

/// Takes files and client programs out of a release.
struct ReleaseExtractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Take manifests, or a client program such as openshift-install, out of a release.",
        usage: """
            ferry release extract REF --to DIR
            ferry release extract REF --file NAME
            ferry release extract REF --command NAME [--command-os linux|linux/arm64|mac|mac/arm64|windows] [--to DIR]
            ferry release extract --from file://DIR [REF] …
            """,
        discussion: """
            Files are written byte for byte; those of the same names are replaced, others stay. A program is told which \
            release it belongs to, under the name that REF has: take openshift-install from a mirror, and it starts from \
            the payload there.
            """
    )

    @Argument(help: "The release, such as quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64.")
    var release: String?

    @Option(help: "The folder to write to; with --command the current one unless given.")
    var to: String?

    @Option(help: "Write one file of the release to stdout.")
    var file: String?

    @Option(
        help: ArgumentHelp("Write a client program: \(ClientProgram.names.joined(separator: ", ")).", valueName: "name")
    )
    var command: String?

    @Option(
        name: .customLong("command-os"),
        help:
            "Where the program is to run: linux, mac or windows, with /amd64, /arm64, …; the default is the release's."
    )
    var commandPlatform: String?

    @OptionGroup
    var place: ReleaseSourceOptions

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        if file != nil, to != nil || command != nil {
            throw ValidationError("--file writes to stdout; it goes neither with --to nor with --command")
        }
        if file == nil, to == nil, command == nil {
            throw ValidationError(
                "say what to take: --to DIR for all manifests, --file NAME for one, or --command NAME"
            )
        }
        if commandPlatform != nil, command == nil { throw ValidationError("--command-os says for what --command is") }
        if to?.isEmpty == true { throw ValidationError("--to names no folder") }
        if let command, !ClientProgram.names.contains(command) {
            throw ValidationError(
                "there is no command \"\(command)\"; there are \(ClientProgram.names.joined(separator: ", "))"
            )
        }
    }

    func run() async throws {
        try await Session.run(connection, output, readsSources: place.readsRegistries) { session in
            let library = try await place.open(session)
            let found = try await library.find(release)
            if let file {
                try await printFile(file, of: found, library)
            } else if let command {
                try await ProgramExtraction(
                    name: command,
                    platform: commandPlatform,
                    folder: to.map { try MirrorMode.path($0) } ?? ".",
                    library: library,
                    session: session
                ).run(found)
            } else if let to {
                try await writeFiles(of: found, to: try MirrorMode.path(to), library, session)
            }
        }
    }

    private func printFile(_ name: String, of found: ReleaseLibrary.Found, _ library: ReleaseLibrary) async throws {
        let prefix = "release-manifests/"
        let inner = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        guard let bytes = try await library.files(.named([inner]), of: found)[inner] else {
            throw FerryError(
                "release \(found.reference) has no file \(PrintableText.of(inner)); --to DIR writes all that it has"
            )
        }
        try await LocalFiles.run {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                // A reader that went away has all it wanted.
                if count < 0, errno == EPIPE { return }
                guard count > 0 else {
                    throw FerryError("cannot write the output: \(String(cString: strerror(errno)))")
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Writes all files of a release.
    private func writeFiles(
        of found: ReleaseLibrary.Found,
        to folder: String,
        _ library: ReleaseLibrary,
        _ session: Session
    ) async throws {
        let release = try await library.inspect(found)
        session.progress.report(.phaseStarted(title: "Reading the layers of \(release.payload.version)"))
        let files = try await library.files(.all, of: found)
        session.progress.report(.phaseEnded)
        for name in files.keys where !Self.isInside(name) {
            throw FerryError(
                "release \(found.reference) has a file that leads out of the folder: \(PrintableText.of(name))"
            )
        }
        var unchanged = 0
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let isNew = try await LocalFiles.run { try AtomicFile.write(bytes, to: "\(folder)/\(name)") }
            if !isNew { unchanged += 1 }
        }
        let note = unchanged == 0 ? "" : ", \(unchanged) of which were there"
        print("\(files.count) files of release \(release.payload.version) are in \(folder)\(note)")
    }

    /// Whether a name stays below the folder that it is joined to; the reader of archives sees to that too.
    private static func isInside(_ name: String) -> Bool {
        let components = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return components.allSatisfy {
            !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) && !$0.contains(0)
        }
    }
}
