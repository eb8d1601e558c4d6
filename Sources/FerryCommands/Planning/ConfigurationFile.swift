import Foundation
import ImageSetConfig
import Logging

/// Reads an image-set configuration from a file.
enum ConfigurationFile {
    /// Loads and validates a file; warnings go to the log.
    ///
    /// - Parameters:
    ///   - path: the file; `-` is no special name.
    ///   - logger: gets the warnings.
    /// - Returns: the configuration.
    /// - Throws: `FerryError` with every diagnostic, or when the file cannot be read.
    static func load(_ path: String, logger: Logger) throws -> ImageSetConfiguration {
        let bytes = try read(path, maximum: ImageSetConfiguration.maximumFileBytes)
        do {
            let loaded = try ImageSetConfiguration.load(bytes: bytes, fileName: path, expecting: .imageSet)
            for warning in loaded.warnings {
                logger.warning("\([warning].rendered(source: loaded.configuration.source))")
            }
            return loaded.configuration
        } catch {
            throw FerryError("the configuration cannot be used\n" + error.rendered())
        }
    }

    /// Decodes the text of a configuration that was checked before; warnings were given then.
    ///
    /// - Throws: `FerryError` with every diagnostic.
    static func load(text: String, name: String) throws -> ImageSetConfiguration {
        do {
            return try ImageSetConfiguration.load(text: text, fileName: name, expecting: .imageSet).configuration
        } catch {
            throw FerryError("the configuration cannot be used\n" + error.rendered())
        }
    }

    /// Reads a file of bounded size.
    ///
    /// - Throws: `FerryError` that names the file.
    static func read(_ path: String, maximum: Int) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            let reason = String(cString: strerror(errno))
            throw FerryError("cannot read \(path): \(reason); correct the path, or who may read the file")
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw FerryError("cannot read \(path): it is a folder, and a file is needed")
        }
        defer { handle.closeFile() }
        do {
            let data = try handle.read(upToCount: maximum + 1) ?? Data()
            guard data.count <= maximum else {
                throw FerryError("\(path) is larger than \(ByteSize.text(Int64(maximum)))")
            }
            return Array(data)
        } catch let error as FerryError {
            throw error
        } catch {
            throw FerryError("cannot read \(path): \(error.localizedDescription)")
        }
    }
}
