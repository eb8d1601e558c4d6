import Foundation

extension RegistriesConfError.Code {
    /// A file that was named is not there, or one that is there cannot be read.
    package static let unreadable = Self("unreadable")
    /// A file is larger, or there are more of them, than any site needs.
    package static let tooLarge = Self("tooLarge")
}

extension RegistriesConf {
    /// The largest file that is read, in bytes.
    static let maximumFileBytes = 4 << 20
    /// How many drop-in files are read.
    static let maximumFiles = 1000

    /// Reads all files; blocks.
    ///
    /// - Parameter locations: where they are.
    /// - Returns: what they say; no rules when there are no files.
    /// - Throws: `RegistriesConfError` that names the file.
    package static func load(_ locations: ConfigurationLocations) throws(RegistriesConfError) -> RegistriesConf {
        var paths = [locations.file]
        for folder in locations.folders {
            paths += try dropIns(in: folder).map { ConfigurationLocations.File(path: $0, isRequired: false) }
            guard paths.count <= maximumFiles else {
                throw RegistriesConfError(.tooLarge, "\(folder) has more than \(maximumFiles) files; take some out")
            }
        }
        var conf = RegistriesConf.none
        for file in paths {
            guard let bytes = try read(file) else { continue }
            conf = conf.overridden(by: try parse(bytes, file: file.path))
        }
        return conf
    }

    /// What the text of one file says.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - file: its path, for messages.
    /// - Returns: its rules.
    /// - Throws: `RegistriesConfError` with file and, where it is known, line.
    package static func parse(_ bytes: [UInt8], file: String) throws(RegistriesConfError) -> RegistriesConf {
        let decoder = try RegistriesConfDecoder(bytes, file: file)
        return RegistriesConf(rules: decoder.rules, files: [file], remarks: decoder.remarks)
    }

    /// These rules with others above them: a prefix that both have is as the others say.
    package func overridden(by other: RegistriesConf) -> RegistriesConf {
        RegistriesConf(
            rules: other.rules + rules,
            files: files + other.files,
            remarks: remarks + other.remarks
        )
    }

    /// The `.conf` files of a folder, by name; none when there is no such folder.
    private static func dropIns(in folder: String) throws(RegistriesConfError) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            return []
        }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".conf") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                .map { "\(folder)/\($0)" }
                .filter { path in
                    var isFolder: ObjCBool = false
                    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
                }
        } catch {
            throw RegistriesConfError(.unreadable, "cannot read the folder \(folder): \(error.localizedDescription)")
        }
    }

    /// The bytes of a file; nil when it is not there and need not be.
    private static func read(_ file: ConfigurationLocations.File) throws(RegistriesConfError) -> [UInt8]? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else {
            guard file.isRequired else { return nil }
            throw RegistriesConfError(
                .unreadable,
                "there is no \(file.path), which CONTAINERS_REGISTRIES_CONF or --registries-conf names"
            )
        }
        guard !isFolder.boolValue else {
            throw RegistriesConfError(.unreadable, "\(file.path) is a folder, and a file is needed")
        }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path))
            defer { try? handle.close() }  // it was only read
            data = try handle.read(upToCount: maximumFileBytes + 1) ?? Data()
        } catch {
            throw RegistriesConfError(.unreadable, "cannot read \(file.path): check its permissions")
        }
        guard data.count <= maximumFileBytes else {
            throw RegistriesConfError(.tooLarge, "\(file.path) is larger than \(maximumFileBytes) bytes")
        }
        return Array(data)
    }
}
