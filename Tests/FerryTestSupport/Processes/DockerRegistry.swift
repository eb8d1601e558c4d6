import Foundation
package import OCIModel

/// The other implementation did not begin to serve.
package struct DockerRegistryFailure: Error, CustomStringConvertible {
    /// What it wrote.
    package let description: String
}

/// Runs Debian's `docker-registry` on a free port of this machine, over a folder, for as long as `body` runs.
///
/// Deletion is enabled; nobody has to log in unless users are given.
///
/// - Parameters:
///   - folder: where it keeps its content; a temporary one when nil.
///   - users: the lines of an `htpasswd` file with bcrypt hashes.
///   - body: gets the name for image references.
/// - Returns: what `body` returns.
/// - Throws: ``MissingTool``, ``DockerRegistryFailure``; what `body` throws.
package func withDockerRegistry<Result>(
    folder: String? = nil,
    users: String? = nil,
    _ body: (RegistryName) async throws -> Result
) async throws -> Result {
    let executable = try requireTool("docker-registry")
    return try await withTemporaryFolder { scratch in
        var authentication = ""
        if let users {
            try users.write(toFile: scratch + "/htpasswd", atomically: true, encoding: .utf8)
            authentication = "auth: {htpasswd: {realm: test, path: \"\(scratch)/htpasswd\"}}"
        }
        let configuration = """
            version: 0.1
            log: {level: info, formatter: text, accesslog: {disabled: true}}
            storage:
              filesystem: {rootdirectory: "\(folder ?? scratch + "/content")"}
              delete: {enabled: true}
            http: {addr: "127.0.0.1:0"}
            \(authentication)
            """
        let file = "\(scratch)/config.yml"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        return try await withProcess(executable, ["serve", file], environment: ["OTEL_TRACES_EXPORTER": "none"]) {
            process in
            // It chooses the port itself and says which, so that no other process can take it in between.
            await process.stderr.wait { listeningPort(in: $0) != nil }
            guard let port = listeningPort(in: process.stderr.text) else {
                throw DockerRegistryFailure(description: process.stderr.text)
            }
            return try await body(try RegistryName("127.0.0.1:\(port)"))
        }
    }
}

private func listeningPort(in log: String) -> Int? {
    for line in log.split(separator: "\n") {
        guard let range = line.range(of: "listening on 127.0.0.1:") else { continue }
        let digits = line[range.upperBound...].prefix { $0.isNumber }
        // A line that was read in part ends in a digit of the port.
        if range.upperBound != line.endIndex, digits.endIndex != line.endIndex { return Int(digits) }
    }
    return nil
}
