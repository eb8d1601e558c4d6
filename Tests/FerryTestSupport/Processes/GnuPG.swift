import Foundation

/// GnuPG with a home of its own: makes keys and signatures for a test.
package struct GnuPG: Sendable {
    /// Whether `gpg` is installed; for `.enabled(if:)`.
    package static let isInstalled = toolPath("gpg") != nil

    /// `gpg` did not do what was asked.
    package struct Failure: Error, CustomStringConvertible {
        /// What was asked, and what it said.
        package let description: String
    }

    /// The folder of its keys.
    package let home: String

    /// Runs `gpg` to its end.
    ///
    /// - Parameters:
    ///   - arguments: what follows the options for unattended use.
    ///   - time: the time it takes for now, in seconds since 1970; nil for the real one.
    ///   - input: its standard input.
    /// - Returns: what it left.
    /// - Throws: ``MissingTool``; ``Failure``.
    @discardableResult
    package func run(_ arguments: [String], at time: Int64? = nil, input: String = "") async throws -> CommandResult {
        var words = [
            "--homedir", home, "--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "",
        ]
        if let time { words += ["--faked-system-time", "\(time)!"] }
        let result = try await runProcess(try requireTool("gpg"), words + arguments, input: input)
        guard result.status == 0 else { throw Failure(description: "gpg \(arguments): \(result)") }
        return result
    }

    /// Makes a key.
    ///
    /// - Parameters:
    ///   - userID: its user id, not there yet.
    ///   - algorithm: in gpg's words: `ed25519`, `rsa2048`.
    ///   - usage: `sign`, `cert`, or both with a comma.
    ///   - expires: in gpg's words: `never`, `2d`, `1y`.
    ///   - time: when it is made, in seconds since 1970; nil for now.
    /// - Returns: its fingerprint.
    /// - Throws: what ``run(_:at:input:)`` throws.
    package func makeKey(
        _ userID: String,
        algorithm: String = "ed25519",
        usage: String = "sign",
        expires: String = "never",
        at time: Int64? = nil
    ) async throws -> String {
        try await run(["--quick-generate-key", userID, algorithm, usage, expires], at: time)
        let listed = try await run(["--with-colons", "--list-keys", "=\(userID)"], at: time)
        let line = listed.stdout.split(separator: "\n").first { $0.hasPrefix("fpr:") }
        guard let fingerprint = line?.split(separator: ":", omittingEmptySubsequences: false).dropFirst(9).first else {
            throw Failure(description: "gpg lists no fingerprint: \(listed)")
        }
        return String(fingerprint)
    }

    /// Adds a subkey.
    ///
    /// - Throws: what ``run(_:at:input:)`` throws.
    package func addSubkey(
        to fingerprint: String,
        algorithm: String = "ed25519",
        usage: String = "sign",
        expires: String = "never",
        at time: Int64? = nil
    ) async throws {
        try await run(["--quick-add-key", fingerprint, algorithm, usage, expires], at: time)
    }

    /// Revokes a key by the certificate that gpg makes with each.
    ///
    /// - Throws: what ``run(_:at:input:)`` throws; the file system's error.
    package func revoke(_ fingerprint: String, at time: Int64? = nil) async throws {
        let path = "\(home)/openpgp-revocs.d/\(fingerprint).rev"
        // A colon in front keeps the certificate from being imported by accident.
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .replacingOccurrences(of: ":-----BEGIN", with: "-----BEGIN")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try await run(["--import", path], at: time)
    }

    /// The public keys, armoured.
    ///
    /// - Parameter fingerprints: which.
    /// - Returns: the block.
    /// - Throws: what ``run(_:at:input:)`` throws.
    package func publicKeys(_ fingerprints: String...) async throws -> [UInt8] {
        Array(try await run(["--armor", "--export"] + fingerprints).stdout.utf8)
    }

    /// Signs a content; the message carries it.
    ///
    /// - Parameters:
    ///   - content: at most 32 KiB.
    ///   - key: the fingerprint; with `!` behind it exactly that subkey.
    ///   - options: further options, such as `--digest-algo SHA512`.
    ///   - time: when it is signed, in seconds since 1970; nil for now.
    /// - Returns: the binary message.
    /// - Throws: what ``run(_:at:input:)`` throws; the file system's error.
    package func sign(
        _ content: String,
        by key: String,
        _ options: [String] = [],
        at time: Int64? = nil
    ) async throws -> [UInt8] {
        let file = "\(home)/message-\(UUID().uuidString)"
        try await run(options + ["--local-user", key, "--output", file, "--sign"], at: time, input: content)
        return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    }
}

/// Runs a body with a GnuPG of its own and ends its agent afterwards.
///
/// - Throws: what the body throws.
package func withGnuPG<Result>(_ body: (GnuPG) async throws -> Result) async throws -> Result {
    try await withTemporaryFolder { folder in
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
        let gnuPG = GnuPG(home: folder)
        do {
            let result = try await body(gnuPG)
            await endAgent(folder)
            return result
        } catch {
            await endAgent(folder)
            throw error
        }
    }
}

private func endAgent(_ home: String) async {
    guard let tool = toolPath("gpgconf") else { return }
    // An agent whose home goes away ends by itself, only later.
    _ = try? await runProcess(tool, ["--homedir", home, "--kill", "all"])
}
