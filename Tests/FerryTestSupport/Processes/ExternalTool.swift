import Foundation

/// Finds a program of the system by its name; nil when it is not installed.
///
/// For `.enabled(if: toolPath("skopeo") != nil)`.
package func toolPath(_ name: String) -> String? {
    let folders =
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/bin", "/usr/local/bin"]
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
