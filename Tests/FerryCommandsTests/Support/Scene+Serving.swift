import FerryTestSupport
import Foundation
import OCIModel
import Testing

extension Scene {
    /// Runs `ferry serve` on a free port, for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - folder: what it serves.
    ///   - options: further arguments.
    ///   - body: gets the name for image references.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; the system's error when the program cannot be started.
    @discardableResult
    func withServing<Result>(
        _ folder: String,
        _ options: String...,
        body: (RegistryName) async throws -> Result
    ) async throws -> Result {
        try await withServingProcess(folder, options) { _, name in try await body(name) }
    }

    /// The same for a list of options; `body` gets the program too.
    @discardableResult
    func withServingProcess<Result>(
        _ folder: String,
        _ options: [String] = [],
        body: (RunningProcess, RegistryName) async throws -> Result
    ) async throws -> Result {
        try await withFerry(arguments: ["serve", folder, "--addr", "127.0.0.1:0"] + options) { process in
            await process.stderr.wait { $0.contains(" at http") && $0.hasSuffix("\n") }
            let talk = process.stderr.text
            let line = try #require(talk.split(separator: "\n").first { $0.contains(" at http") }, "\(talk)")
            let address = try #require(line.components(separatedBy: "://").last)
            return try await body(process, RegistryName(address.trimmingCharacters(in: .whitespaces)))
        }
    }

    /// Makes a key and a certificate for 127.0.0.1 that signs itself; `key.pem` and `ca.crt` in the folder.
    func makeCertificate() async throws -> (certificate: String, key: String) {
        let made = try await runProcess(
            try requireTool("openssl"),
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", path("key.pem"), "-out", path("ca.crt"),
            ]
        )
        try #require(made.status == 0, "\(made)")
        return (path("ca.crt"), path("key.pem"))
    }

    /// Writes an auth file and returns its path.
    func writeAuthFile(_ registry: RegistryName, _ credentials: String) throws -> String {
        let encoded = Data(credentials.utf8).base64EncodedString()
        return try write(#"{"auths":{"\#(registry)":{"auth":"\#(encoded)"}}}"#, to: "auth.json")
    }
}
