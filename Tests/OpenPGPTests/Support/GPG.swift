import FerryTestSupport
import Foundation

/// GnuPG with a folder of its own.
struct GPG: Sendable {
    /// It did not do what it was told.
    struct Failure: Error, CustomStringConvertible {
        /// What it wrote.
        let description: String
    }

    /// Whether it is installed.
    static let isInstalled = toolPath("gpg") != nil

    private let program: String
    /// Its folder.
    let home: String

    /// Runs it with a new folder, and ends its agent afterwards.
    static func with<Result>(_ body: (GPG) async throws -> Result) async throws -> Result {
        let program = try requireTool("gpg")
        return try await withTemporaryFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
            let gpg = GPG(program: program, home: folder)
            do {
                let result = try await body(gpg)
                await gpg.end()
                return result
            } catch {
                await gpg.end()
                throw error
            }
        }
    }

    private func end() async {
        guard let tool = toolPath("gpgconf") else { return }
        // An agent that stays behind ends by itself when its folder is gone.
        _ = try? await runProcess(tool, ["--homedir", home, "--kill", "all"])
    }

    /// Runs it; the status is for the caller to look at.
    func run(_ arguments: [String]) async throws -> CommandResult {
        try await runProcess(
            program,
            [
                "--homedir", home, "--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "",
                "--trust-model", "always",
            ] + arguments,
            environment: ["LC_ALL": "C", "GPG_TTY": ""]
        )
    }

    /// Runs it.
    ///
    /// - Throws: ``Failure`` unless it ends with 0.
    @discardableResult
    func succeed(_ arguments: String...) async throws -> CommandResult {
        let result = try await run(arguments)
        guard result.status == 0 else { throw Failure(description: "\(arguments): \(result)") }
        return result
    }

    /// Makes a key whose user id is its name.
    ///
    /// - Parameters:
    ///   - name: the user id.
    ///   - algorithm: such as `rsa2048` or `ed25519`.
    ///   - usage: `sign` or `cert`.
    ///   - expires: as gpg wants it.
    ///   - time: when, as `20200101T000000`; the present when nil.
    /// - Returns: its fingerprint.
    /// - Throws: ``Failure``.
    @discardableResult
    func makeKey(
        _ name: String,
        _ algorithm: String = "ed25519",
        usage: String = "sign",
        expires: String = "never",
        at time: String? = nil
    ) async throws -> String {
        let arguments =
            (time.map { ["--faked-system-time", $0] } ?? []) + [
                "--quick-generate-key", name, algorithm, usage, expires,
            ]
        let result = try await run(arguments)
        guard result.status == 0 else { throw Failure(description: "\(result)") }
        return try await fingerprint(name)
    }

    /// The fingerprint of the primary key of a user id.
    func fingerprint(_ name: String) async throws -> String {
        let listing = try await succeed("--with-colons", "--list-keys", "=\(name)").stdout
        let line = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") }
        guard let line else { throw Failure(description: listing) }
        return line.split(separator: ":").last.map(String.init) ?? ""
    }

    /// Takes keys into its ring.
    func importKeys(_ keys: [UInt8]) async throws {
        try Data(keys).write(to: URL(filePath: path("keys")))
        try await succeed("--import", path("keys"))
    }

    /// The public keys of some user ids, or all.
    func export(_ names: String..., armored: Bool = false) async throws -> [UInt8] {
        let result = try await run(
            (armored ? ["--armor"] : []) + ["--output", path("export"), "--export"] + names.map { "=\($0)" }
        )
        guard result.status == 0 else { throw Failure(description: "\(result)") }
        return try bytes("export")
    }

    /// Signs bytes.
    ///
    /// - Parameters:
    ///   - content: the bytes.
    ///   - key: the user id, or a subkey's fingerprint with `!`.
    ///   - options: what stands before the command, `--sign` unless another is among them.
    /// - Returns: what it wrote.
    /// - Throws: ``Failure``.
    func sign(_ content: [UInt8], by key: String, _ options: [String] = []) async throws -> [UInt8] {
        try Data(content).write(to: URL(filePath: path("content")))
        let commands: Set<String> = ["--detach-sign", "--clear-sign", "--store"]
        let command = options.contains(where: commands.contains) ? [] : ["--sign"]
        let user = key.hasSuffix("!") ? key : "=\(key)"
        let result = try await run(
            ["--local-user", user, "--output", path("signed")] + options + command + [path("content")]
        )
        guard result.status == 0 else { throw Failure(description: "\(result)") }
        return try bytes("signed")
    }

    /// What it says of a message, and the content when the signature is good.
    func verify(_ message: [UInt8], _ options: [String] = []) async throws -> (content: [UInt8]?, status: String) {
        try Data(message).write(to: URL(filePath: path("message")))
        try? FileManager.default.removeItem(atPath: path("plain"))
        let result = try await run(
            options + ["--status-fd", "1", "--output", path("plain"), "--decrypt", path("message")]
        )
        guard result.status == 0, result.stdout.contains("VALIDSIG") else { return (nil, result.description) }
        return (try bytes("plain"), result.stdout)
    }

    /// A file in its folder.
    func path(_ name: String) -> String { "\(home)/\(name)" }

    /// A file in its folder.
    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }
}
