import Foundation

/// Finds a program of the system by its name, servers too, which not every `PATH` has; nil when it is not installed.
///
/// For `.enabled(if: toolPath("skopeo") != nil)`.
package func toolPath(_ name: String) -> String? {
    let folders =
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + [
            "/usr/bin", "/usr/local/bin", "/usr/sbin",
        ]
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// A program that a test needs is not installed.
package struct MissingTool: Error, CustomStringConvertible {
    /// Its name.
    package let name: String

    /// One sentence.
    package var description: String { "\(name) is not installed" }
}

/// Finds a program of the system by its name.
///
/// - Throws: ``MissingTool``.
package func requireTool(_ name: String) throws -> String {
    guard let path = toolPath(name) else { throw MissingTool(name: name) }
    return path
}

/// Whether there is a Python that has some modules.
///
/// For `.enabled { await pythonHas("yaml, jsonschema") }`.
package func pythonHas(_ modules: String) async -> Bool {
    // Without Python there is nothing to start.
    let result = try? await runPython(["-c", "import \(modules)"])
    return result?.status == 0
}

/// Runs Python to its end.
///
/// - Throws: the system's error when it cannot be started.
package func runPython(_ arguments: [String]) async throws -> CommandResult {
    try await runProcess("/usr/bin/env", ["python3"] + arguments)
}
