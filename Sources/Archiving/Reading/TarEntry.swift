/// One entry of a tar archive.
package struct TarEntry: Equatable, Sendable {
    /// What an entry is.
    package enum Kind: Equatable, Sendable {
        /// A regular file with its own content.
        case file
        /// A directory.
        case directory
        /// Another name for the file that an earlier entry of this or a lower layer made.
        case hardLink(target: String)
        /// A symbolic link; the target stands as written.
        case symbolicLink(target: String)
        /// A device, pipe, socket or something unknown.
        case other
    }

    /// The path relative to the archive's root: no leading `/`, no `.`, `..` or empty components; empty is the root.
    package let path: String
    /// What it is.
    ///
    /// The target of a hard link is a path like `path`.
    package let kind: Kind
    /// The size of a file's content in bytes, as its header claims; 0 for everything else.
    package let size: Int64
}

/// An entry that a reader passed over because its name cannot be used.
package struct SkippedTarEntry: Equatable, Sendable {
    /// The name as far as it can be shown, at most 200 characters.
    package let name: String
    /// Why, one clause.
    package let reason: String
}

/// The rule for names in archives.
enum TarPath {
    /// Makes a name relative to the archive's root, without `.`, empty components and leading `/`.
    ///
    /// - Parameters:
    ///   - name: the name as the header has it.
    ///   - limit: its largest length in bytes.
    /// - Returns: the components, joined by `/`.
    /// - Throws: `ArchivingError.invalidPath` when it is too long, is not UTF-8 or has a component `..`.
    static func normalized(_ name: some Collection<UInt8>, limit: Int) throws(ArchivingError) -> String {
        guard name.count <= limit else {
            throw ArchivingError(.invalidPath, entry: shown(name), reason: "its name is longer than \(limit) bytes")
        }
        guard let text = String(validating: name, as: UTF8.self) else {
            throw ArchivingError(.invalidPath, entry: shown(name), reason: "its name is not UTF-8")
        }
        guard !text.utf8.contains(0) else {
            throw ArchivingError(.invalidPath, entry: shown(name), reason: "its name has a NUL byte")
        }
        let components = text.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        guard !components.contains(where: { $0.elementsEqual("..".utf8) }) else {
            throw ArchivingError(.invalidPath, entry: shown(name), reason: "its name leads out of the archive (\"..\")")
        }
        return components.map { String(Substring($0)) }.joined(separator: "/")
    }

    /// A name for messages.
    static func shown(_ name: some Collection<UInt8>) -> String { String(decoding: name.prefix(200), as: UTF8.self) }
}
