import Foundation
import NIOCore
import NIOPosix

/// Debian's `docker-registry`, run on a free port over a scratch folder.
enum DockerRegistry {
    private static let program = "/usr/bin/docker-registry"

    /// Whether the program is installed.
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// Runs `body` with the port of a fresh registry, and ends it afterwards.
    static func withRegistry<Result: Sendable>(_ body: (Int) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-registry-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let port = try await freePort()
        let configuration = """
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: \(folder.path)/data
            http:
              addr: 127.0.0.1:\(port)

            """
        let file = folder.appending(path: "config.yml")
        try Data(configuration.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["serve", file.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        return try await body(port)
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }
}
