import ArgumentParser
import FerryCommands
import Foundation
import ImageStorage
import OCIModel

/// Where a program listens, and who is told.
struct Listening: ParsableArguments {
    @Option(name: .customLong("addr"), help: "The address to listen on; port 0 takes any free one.")
    var address = "127.0.0.1:0"

    @Option(help: "Write the address, once it is listened on, to this file.")
    var addressFile: String?

    /// Host and port of `--addr`.
    ///
    /// - Throws: `ValidationError`.
    func endpoint() throws -> (host: String, port: Int) {
        // Port 0 is no port of a registry's name, and means any free one here.
        if address.hasSuffix(":0") { return (try Self.host(String(address.dropLast(2))), 0) }
        return try Self.endpoint(address, option: "--addr")
    }

    /// Host and port of `HOST:PORT`.
    ///
    /// - Throws: `ValidationError`.
    static func endpoint(_ text: String, option: String) throws -> (host: String, port: Int) {
        guard let name = try? RegistryName(text), let port = name.port else {
            throw ValidationError("\(option) must be HOST:PORT, not \"\(text)\"")
        }
        return (name.host, port)
    }

    private static func host(_ text: String) throws -> String {
        guard let name = try? RegistryName(text), name.port == nil else {
            throw ValidationError("--addr must be HOST:PORT, not \"\(text):0\"")
        }
        return name.host
    }

    /// Says where the program listens, on standard error and in the file.
    ///
    /// - Throws: what writing the file throws.
    func tell(_ host: String, _ port: Int, _ text: String) async throws {
        let name = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        FileHandle.standardError.write(Data("\(text) at \(name)\n".utf8))
        if let addressFile { try await LocalFiles.write(Array(name.utf8), to: addressFile) }
    }
}
