import FerryTestSupport
import Foundation
import RegistryClient

/// A folder with helper programs, and the store of a file that names them.
struct HelperFolder: Sendable {
    let folder: String

    /// Runs `body` with such a folder.
    static func with<Result>(_ body: (HelperFolder) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in try await body(HelperFolder(folder: folder)) }
    }

    /// Writes `docker-credential-NAME` with the commands of a shell, which have the address in `$server`.
    ///
    /// Each run is counted.
    func add(_ name: String, _ commands: String) throws {
        let script = """
            #!/bin/sh
            read -r server
            echo "$1 $server" >> '\(folder)/runs'
            \(commands)
            """
        let path = "\(folder)/docker-credential-\(name)"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// The runs so far: argument and address.
    var runs: [String] {
        let text = (try? String(contentsOfFile: "\(folder)/runs", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// The path of the file.
    var file: String { "\(folder)/auth.json" }

    /// The store of a file with the given text.
    func store(_ json: String, limit: Duration = .seconds(30)) async throws -> CredentialStore {
        try json.write(toFile: file, atomically: true, encoding: .utf8)
        return try await CredentialStore.load(
            authFile: file,
            environment: ["PATH": "\(folder):/usr/bin:/bin", "MARK": "passed on"],
            userID: 0,
            helperLimit: limit
        )
    }
}
