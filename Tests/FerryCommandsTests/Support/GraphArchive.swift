import FerryTestSupport
import Foundation

/// Archives of graph data as an update service has them.
enum GraphArchive {
    /// Packs the smallest graph data that there may be.
    ///
    /// - Parameters:
    ///   - name: the archive's name in the scene.
    ///   - scene: where it is put.
    ///   - versions: what the channel has; other versions are other data.
    /// - Returns: the `file://` address.
    /// - Throws: when a file cannot be written, or tar fails.
    static func write(_ name: String, in scene: Scene, versions: [String]) async throws -> String {
        let folder = scene.path("source-of-\(name)")
        try FileManager.default.createDirectory(atPath: "\(folder)/channels", withIntermediateDirectories: true)
        try "1.2.0\n".write(toFile: "\(folder)/version", atomically: true, encoding: .utf8)
        try "name: stable-4.18\nversions: [\(versions.joined(separator: ", "))]\n"
            .write(toFile: "\(folder)/channels/stable-4.18.yaml", atomically: true, encoding: .utf8)
        let words = ["-C", folder, "-czf", scene.path(name), "version", "channels"]
        let result = try await runProcess(try requireTool("tar"), words)
        guard result.status == 0 else { throw ReleaseWorld.Missing(name: "tar: \(result)") }
        return "file://\(scene.path(name))"
    }
}
