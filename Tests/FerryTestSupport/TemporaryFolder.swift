import Foundation

/// Runs `body` with a new empty folder that nobody else uses, and removes it afterwards.
///
/// - Parameter body: gets the folder's absolute path without a slash at its end.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; the file system's error when the folder cannot be made.
package func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
        // A folder that stays behind is no failure of the test.
        try? FileManager.default.removeItem(at: folder)
    }
    return try await body(folder.resolvingSymlinksInPath().path)
}
