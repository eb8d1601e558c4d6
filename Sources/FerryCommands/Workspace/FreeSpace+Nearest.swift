import Foundation
import MediaSet

extension FreeSpace {
    /// The bytes that are free where a folder is, or would be made.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func nearest(to folder: String) throws -> Int64 {
        var url = URL(fileURLWithPath: folder).standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        return try FreeSpace(of: url.path).available
    }
}
