import ArgumentParser
import Logging
import OCIModel
import Releases

/// Says whether a release is signed.
struct VerifyReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Find out whether a release is signed, by which key, and what was signed.",
        discussion: """
            Asks signature stores only, no registry. Exits with 0 when a trusted key has signed exactly this digest, with \
            32 when that is not so, and with 1 when no store could be asked.
            """
    )

    @Argument(help: "The release: sha256:…, or a reference with a digest.")
    var release: String

    @OptionGroup
    var signatures: SignatureOptions

    @Flag(help: "It is a release of OKD, which has other stores and keys.")
    var okd = false

    @Option(name: .customLong("output"), help: "text or json")
    var format = ReleaseSignatureReport.Format.text

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let digest = try Self.digest(of: release)
        let code = try await Session.run(connection, output) { session in
            let finder = try await signatures.finder(for: okd ? .okd : .ocp, transport: session.transport)
            let report: ReleaseSignatureReport
            do {
                report = ReleaseSignatureReport(digest, try await finder.signatures(of: digest))
            } catch let error as ReleasesError {
                report = ReleaseSignatureReport(digest, refusal: error)
                session.logger.error("\(error)")
            }
            print(try report.text(as: format), terminator: "")
            return report.exitCode
        }
        if code != 0 { throw ExitCode(code) }
    }

    /// The digest in what the user wrote.
    ///
    /// - Throws: `FerryError` when there is none.
    private static func digest(of text: String) throws -> Digest {
        do {
            if text.contains("@") || text.contains("/") {
                guard let digest = try ImageReference(text).digest else {
                    throw FerryError(
                        "\(text) has no digest, and only digests are signed: name the release as sha256:… or NAME@sha256:…"
                    )
                }
                return digest
            }
            return try Digest(text)
        } catch let error as OCIModelError {
            throw FerryError("\(error); name the release as sha256:… or NAME@sha256:…")
        }
    }
}
